//! The ledger's rows as CSV (RFC 4180), safe to be opened in a spreadsheet.

use vertice_domain::{Usd, report::LedgerRow};

const HEAD: &str = "started_at,user_id,conversation_id,token_id,provider,model,outcome,input_tokens,output_tokens,\
    cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,reasoning_tokens,estimated,cost_usd,saved_usd,\
    first_token_ms,total_ms,upstream_request_id\r\n";

/// All rows, with a head.
pub(super) fn write(rows: &[LedgerRow]) -> String {
    let mut csv = HEAD.to_owned();
    for row in rows {
        let cells = cells(row);
        csv.push_str(&cells.map(|cell| quoted(&cell)).join(","));
        csv.push_str("\r\n");
    }
    csv
}

fn cells(row: &LedgerRow) -> [String; 19] {
    let id = |id: Option<String>| id.unwrap_or_default();
    let money = |usd: Option<Usd>| id(usd.map(|usd| usd.to_string()));
    let tokens = row.tokens;
    [
        row.started_at.to_string(),
        row.user_id.to_string(),
        id(row.conversation_id.map(|id| id.to_string())),
        id(row.token_id.map(|id| id.to_string())),
        row.provider.clone(),
        row.model.clone(),
        row.outcome.clone(),
        tokens.input.to_string(),
        tokens.output.to_string(),
        tokens.cache_read.to_string(),
        tokens.cache_write.to_string(),
        tokens.cache_write_long.to_string(),
        tokens.reasoning.to_string(),
        row.estimated.to_string(),
        money(row.cost_usd),
        money(row.saved_usd),
        id(row.first_token_ms.map(|ms| ms.to_string())),
        row.total_ms.to_string(),
        id(row.upstream_request_id.clone()),
    ]
}

/// A cell. One that a spreadsheet would take for a formula is made a text; amounts below nothing are none.
fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '@', '\t', '\r'])
        || (cell.starts_with('-') && cell.parse::<f64>().is_err());
    let cell = if is_formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formulas() {
        assert_eq!(quoted("gpt-6"), "gpt-6");
        assert_eq!(quoted("-0.000125"), "-0.000125");
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(quoted("-cmd"), "'-cmd");
        assert_eq!(quoted("a,b\n"), "\"a,b\n\"");
    }
}
