//! Checks the structure of the crates, and names file and line of whatever breaks a rule.

use std::path::Path;
use std::process::ExitCode;

use structure::modules::Crate;
use structure::{house, rules};

fn main() -> ExitCode {
    let mut count = 0;
    for rules in house::ALL {
        match Crate::read(rules.name, Path::new(rules.root)) {
            Ok(krate) => {
                let found = rules::violations(&krate, rules);
                count += found.len();
                for violation in found {
                    eprintln!("{violation}");
                }
            }
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
    }
    if count == 0 {
        println!("the structure holds");
        return ExitCode::SUCCESS;
    }
    eprintln!("{count} uses break a rule of the structure");
    ExitCode::FAILURE
}
