/** Certificates of which only the line in the chain is kept. */

export const thinned = {
  listed: "Only its line is kept",
  text: "Both sides matched, as in the certificates before and after. Only the last such certificate of each day is kept in full. Of this one, its line in the chain remains: time, result and fingerprints, which can still be verified.",
};
