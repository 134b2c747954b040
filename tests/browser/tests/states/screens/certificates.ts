/** Certificates. */

import * as data from "../../../mock/data.ts";
import type { State } from "./state.ts";

export const CERTIFICATES: State[] = [
  { name: "certificates", path: "/certificates", shows: "2 entries cause it" },
  {
    name: "no certificate yet",
    path: "/certificates",
    shows: "Every sync ends with one.",
    arrange: (portal) => {
      portal.certificates = [];
    },
  },
  { name: "a certificate", path: `/certificates/${data.PROOF.id}`, shows: "Previous certificate" },
  {
    name: "a certificate with a payout that is left with something",
    path: `/certificates/${data.PROOF.id}`,
    shows: "127 payouts fully reconciled to their charges, 1 is not",
  },
  {
    name: "a certificate that names what is at fault",
    path: `/certificates/${data.PROOF.id}`,
    shows: "Somebody else posted this entry to the account.",
    arrange: (portal) => {
      portal.certificate = structuredClone(data.PROOF_MISMATCH);
    },
  },
  {
    name: "a thinned certificate",
    path: `/certificates/${data.PROOF.id}`,
    shows: "Of this one, its line in the chain remains",
    arrange: (portal) => {
      portal.certificate = structuredClone(data.PROOF_THINNED);
    },
  },
  {
    name: "thinned certificates",
    path: "/certificates",
    shows: "Only its line is kept",
    arrange: (portal) => {
      portal.certificates = [...data.CERTIFICATES, data.CERTIFICATE_THINNED];
    },
  },
  {
    name: "a certificate's file to be copied",
    path: `/certificates/${data.PROOF.id}`,
    shows: "Copy its text",
    arrange: (portal) =>
      void portal.replies.set(`GET /certificates/${data.PROOF.id}/table`, {
        status: 200,
        raw: "a,b\n1,2\n",
      }),
    act: async (page) => {
      await page.getByRole("button", { name: "CSV" }).click();
      await page.getByText("Copy its text").click();
    },
  },
];
