use serde_json::{Value, json};

use super::Table;
use crate::{Failed, TABLE};

fn call(table: &mut Table, action: &str, mut request: Value) -> Result<Value, Failed> {
    request["TableName"] = json!(TABLE);
    table.answer(action, &request)
}

fn key(sk: &str) -> Value {
    json!({"pk": {"S": "P"}, "sk": {"S": sk}})
}

fn with(items: &[(&str, Value)]) -> Table {
    let mut table = Table::default();
    for (sk, attributes) in items {
        let mut item = key(sk);
        for (name, value) in attributes.as_object().unwrap() {
            item[name] = value.clone();
        }
        call(&mut table, "PutItem", json!({"Item": item})).unwrap();
    }
    table
}

/// Whether a condition holds for the item `A`, seen by a conditional deletion.
fn holds(condition: &str) -> bool {
    let mut table = with(&[(
        "A",
        json!({"num": {"N": "5"}, "word": {"S": "five"}, "tags": {"SS": ["x", "y"]},
            "deep": {"M": {"part": {"N": "1"}}}}),
    )]);
    let values = json!({":four": {"N": "4"}, ":five": {"N": "5"}, ":w": {"S": "five"},
        ":x": {"S": "x"}, ":z": {"S": "z"}});
    let used: serde_json::Map<String, Value> = values
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| {
            condition.split(|c: char| !(c.is_alphanumeric() || c == ':')).any(|word| word == *name)
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let request = json!({"Key": key("A"), "ConditionExpression": condition,
        "ExpressionAttributeValues": used});
    match call(&mut table, "DeleteItem", request) {
        Ok(_) => true,
        Err(failed) if failed.code == "ConditionalCheckFailedException" => false,
        Err(other) => panic!("{condition}: {other:?}"),
    }
}

#[test]
fn conditions_have_dynamodbs_semantics() {
    for (condition, expected) in [
        ("attribute_exists(pk) AND attribute_not_exists(gone)", true),
        ("num = :five AND NOT num = :four", true),
        ("num < :five OR num <= :five", true),
        ("num = :w", false),
        ("gone = :five", false),
        ("gone <> :five", true),
        ("NOT gone = :five", true),
        ("contains(tags, :x) AND NOT contains(tags, :z)", true),
        ("word IN (:z, :w)", true),
        // AND binds before OR; parentheses change that.
        ("num = :five OR word = :w AND contains(tags, :z)", true),
        ("(num = :five OR word = :w) AND contains(tags, :z)", false),
        ("deep.part < :four AND begins_with(word, :w)", true),
    ] {
        assert_eq!(holds(condition), expected, "{condition}");
    }
}

#[test]
fn an_update_reads_the_item_before_it_and_creates_a_missing_one() {
    let mut table =
        with(&[("A", json!({"one": {"N": "1"}, "gen": {"S": "g"}, "tags": {"SS": ["x"]}}))]);
    let request = json!({
        "Key": key("A"),
        "UpdateExpression": "SET one = one + :two, former = gen, kept = if_not_exists(gen, :new) \
            ADD tags :tags, seen :two REMOVE gen",
        "ExpressionAttributeValues": {":two": {"N": "2"}, ":new": {"S": "n"},
            ":tags": {"SS": ["x", "y"]}},
        "ReturnValues": "ALL_NEW",
    });
    let after = call(&mut table, "UpdateItem", request).unwrap()["Attributes"].clone();
    let expected = json!({"pk": {"S": "P"}, "sk": {"S": "A"}, "one": {"N": "3"},
        "former": {"S": "g"}, "kept": {"S": "g"}, "tags": {"SS": ["x", "y"]}, "seen": {"N": "2"}});
    assert_eq!(after, expected);
    let request = json!({"Key": key("B"), "UpdateExpression": "SET a = :a",
        "ExpressionAttributeValues": {":a": {"N": "1"}}, "ReturnValues": "ALL_OLD"});
    assert_eq!(
        call(&mut table, "UpdateItem", request).unwrap(),
        json!({}),
        "nothing was there before"
    );
    assert_eq!(table.item("P", "B").unwrap()["sk"], json!({"S": "B"}));
}

#[test]
fn requests_that_dynamodb_refuses_are_refused() {
    for (update, names, values) in [
        ("SET status = :a", json!({}), json!({":a": {"N": "1"}})),
        ("SET #s = :a", json!({}), json!({":a": {"N": "1"}})),
        ("SET a = :a", json!({"#unused": "b"}), json!({":a": {"N": "1"}})),
        ("SET a = :a", json!({}), json!({":a": {"N": "1"}, ":b": {"N": "1"}})),
        ("SET a = missing", json!({}), json!({})),
        ("SET a = missing + :a", json!({}), json!({":a": {"N": "1"}})),
        ("SET a = :a REMOVE a", json!({}), json!({":a": {"N": "1"}})),
        ("SET sk = :a", json!({}), json!({":a": {"S": "1"}})),
        ("ADD word :a", json!({}), json!({":a": {"N": "1"}})),
        ("SET a = :a", json!({}), json!({":a": {"SS": []}})),
    ] {
        let mut table = with(&[("A", json!({"word": {"S": "w"}}))]);
        let request = json!({"Key": key("A"), "UpdateExpression": update,
            "ExpressionAttributeNames": names, "ExpressionAttributeValues": values});
        assert_eq!(
            call(&mut table, "UpdateItem", request).unwrap_err().code,
            "ValidationException",
            "{update}"
        );
    }
    let twice = json!({"TransactItems": [{"Delete": {"TableName": TABLE, "Key": key("A")}},
        {"Delete": {"TableName": TABLE, "Key": key("A")}}]});
    assert_eq!(
        Table::default().answer("TransactWriteItems", &twice).unwrap_err().code,
        "ValidationException"
    );
}

#[test]
fn a_transaction_is_atomic_and_names_the_operation_that_failed() {
    let mut table = with(&[("A", json!({"n": {"N": "1"}}))]);
    let put = json!({"Put": {"TableName": TABLE, "Item": key("B")}});
    let check = |wanted: &str| {
        json!({"ConditionCheck": {"TableName": TABLE, "Key": key("A"),
            "ConditionExpression": "n = :n", "ExpressionAttributeValues": {":n": {"N": wanted}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}})
    };
    let refused = table
        .answer(
            "TransactWriteItems",
            &json!({"TransactItems": [put.clone(), check("2")], "ClientRequestToken": "t1"}),
        )
        .unwrap_err();
    assert_eq!(refused.code, "TransactionCanceledException");
    assert_eq!(refused.more["CancellationReasons"][0]["Code"], "None");
    assert_eq!(refused.more["CancellationReasons"][1]["Item"]["n"], json!({"N": "1"}));
    assert!(table.item("P", "B").is_none());
    let request = json!({"TransactItems": [put, check("1")], "ClientRequestToken": "t2"});
    table.answer("TransactWriteItems", &request).unwrap();
    assert!(table.item("P", "B").is_some());
    table.alter("P", "A", "n", json!({"N": "7"}));
    table
        .answer("TransactWriteItems", &request)
        .expect("the same transaction again has no second effect and is no failure");
}

#[test]
fn a_query_pages_through_a_prefix_in_both_directions_and_filters_after_the_limit() {
    let mut table = with(&[
        ("R#1", json!({"s": {"S": "a"}})),
        ("R#2", json!({"s": {"S": "b"}})),
        ("R#3", json!({"s": {"S": "a"}})),
        ("Z", json!({})),
    ]);
    let mut request = json!({
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :r)",
        "FilterExpression": "s IN (:a)",
        "ExpressionAttributeValues": {":pk": {"S": "P"}, ":r": {"S": "R#"}, ":a": {"S": "a"}},
        "ScanIndexForward": false,
        "Limit": 2,
    });
    let first = call(&mut table, "Query", request.clone()).unwrap();
    assert_eq!((&first["Count"], &first["ScannedCount"]), (&json!(1), &json!(2)));
    assert_eq!(first["Items"][0]["sk"], json!({"S": "R#3"}));
    request["ExclusiveStartKey"] = first["LastEvaluatedKey"].clone();
    let second = call(&mut table, "Query", request.clone()).unwrap();
    assert_eq!(second["Items"][0]["sk"], json!({"S": "R#1"}));
    assert!(second.get("LastEvaluatedKey").is_none());
    request["ExclusiveStartKey"] = key("Z");
    assert_eq!(call(&mut table, "Query", request).unwrap_err().code, "ValidationException");
}
