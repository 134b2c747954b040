//! An installation over its life: what ends it, and what the next one finds.

mod interrupted_runs;
mod reinstall;
