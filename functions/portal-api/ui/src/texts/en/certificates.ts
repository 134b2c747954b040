/** Certificates of which only the line in the chain is kept. */

export const thinned = {
  listed: "Only its line is kept",
  text: "Both sides matched here, as they did right before and after. Of such certificates the last of each day is kept whole. Of this one its line in the chain is left: time, result and fingerprints, which can still be verified.",
};
