//! PostgreSQL's own errors, which Core hands out in the details of its answers: true of the real
//! ledger, and nothing to show or log.

use serde_json::{Value, json};

/// What is already taken: the unique constraint, the columns, the values.
pub(super) fn taken(table: &str, constraint: &str, columns: &str, values: &str) -> Value {
    error(&Fields {
        code: "23505",
        message: &format!("duplicate key value violates unique constraint \"{constraint}\""),
        detail: &format!("Key ({columns})=({values}) already exists."),
        table,
        constraint,
        origin: ("nbtinsert.c", "664", "_bt_check_unique"),
    })
}

/// What a new row of `table` names and is not there.
pub(super) fn absent(table: &str, column: &str, value: &str, referenced: &str) -> Value {
    let constraint = format!("{table}_{column}_fkey");
    error(&Fields {
        code: "23503",
        message: &format!(
            "insert or update on table \"{table}\" violates foreign key constraint \"{constraint}\""
        ),
        detail: &format!("Key ({column})=({value}) is not present in table \"{referenced}\"."),
        table,
        constraint: &constraint,
        origin: ("ri_triggers.c", "2596", "ri_ReportViolation"),
    })
}

/// A query that the database does not run.
pub(super) fn refused_query(code: &str, message: &str) -> Value {
    error(&Fields {
        code,
        message,
        detail: "",
        table: "",
        constraint: "",
        origin: ("parse_relation.c", "3665", "errorMissingColumn"),
    })
}

struct Fields<'a> {
    code: &'a str,
    message: &'a str,
    detail: &'a str,
    table: &'a str,
    constraint: &'a str,
    origin: (&'a str, &'a str, &'a str),
}

fn error(fields: &Fields<'_>) -> Value {
    let schema = if fields.table.is_empty() { "" } else { "blnk" };
    let (file, line, routine) = fields.origin;
    json!({
        "Severity": "ERROR", "Code": fields.code, "Message": fields.message,
        "Detail": fields.detail, "Hint": "", "Position": "",
        "InternalPosition": "", "InternalQuery": "", "Where": "", "Schema": schema,
        "Table": fields.table, "Column": "", "DataTypeName": "",
        "Constraint": fields.constraint, "File": file, "Line": line, "Routine": routine,
    })
}
