//! The list of conversations, whole or searched.

use std::time::Duration;

use sqlx::{AssertSqlSafe, any::AnyRow};
use vertice_domain::{
    Error, ErrorKind, Page, PageRequest, Timestamp, UserId,
    conversation::ConversationHit,
    search::{Has, SearchQuery},
};

use crate::{
    cursor::{self, Key, List},
    database::{Backend, Database},
    fault::Fault,
    rows::{self, conversation_columns},
    search::{self, Asked},
};

/// Before the first conversation: greater than every `(pinned, updated_at, id)`.
const START: [i64; 2] = [2, 0];

/// As long as a search may take.
const DEADLINE: Duration = Duration::from_secs(5);

pub(super) async fn list(
    database: &Database,
    owner: UserId,
    query: &SearchQuery,
    archived: bool,
    page: &PageRequest,
) -> Result<Page<ConversationHit>, Fault> {
    search::check(query)?;
    let start = Key { numbers: START.to_vec(), id: String::new() };
    let start = cursor::decode(List::Conversations, page, start)?;
    let search = Search::new(database.backend(), owner, archived, &start);
    let Some(search) = search.build(query, cursor::rows_wanted(page)) else {
        return Ok(Page { items: Vec::new(), next_cursor: None });
    };
    let mut statement = sqlx::query(AssertSqlSafe(search.sql));
    for value in search.values {
        statement = match value {
            Value::Text(text) => statement.bind(text),
            Value::Number(number) => statement.bind(number),
        };
    }
    // A list is always there at once; what is looked for keeps nobody else waiting.
    let pool = if query.is_empty() { database.reader() } else { database.searcher() };
    let found = tokio::time::timeout(DEADLINE, statement.fetch_all(pool)).await;
    let found = found.map_err(|_| Fault::Refused(too_slow()))??;
    let hits = found.iter().map(|row| hit(row, query)).collect::<Result<_, _>>()?;
    Ok(cursor::page(List::Conversations, page, hits, |hit: &ConversationHit| Key {
        numbers: vec![i64::from(hit.conversation.pinned), hit.conversation.updated_at.as_millis()],
        id: hit.conversation.id.to_string(),
    }))
}

fn too_slow() -> Error {
    let message = "The search took too long. Look for rarer words, or narrow it with after: and before:.";
    Error::new(ErrorKind::Unavailable, "search_too_slow", message)
}

fn hit(row: &AnyRow, query: &SearchQuery) -> Result<ConversationHit, Fault> {
    let message_id = rows::optional_parsed(row, "hit_id")?;
    let snippet = match message_id {
        Some(_) => Some(search::snippet(&rows::text(row, "hit_content")?, &query.words)),
        None => None,
    };
    Ok(ConversationHit { conversation: rows::conversation(row)?, message_id, snippet })
}

enum Value {
    Text(String),
    Number(i64),
}

/// A statement in the making. Its text is made of the constants below alone; what the caller gave is bound.
struct Search {
    backend: Backend,
    /// The owner without dashes, as the index knows it.
    owner: String,
    sql: String,
    values: Vec<Value>,
}

impl Search {
    fn new(backend: Backend, owner: UserId, archived: bool, start: &Key) -> Self {
        let values = vec![
            Value::Text(owner.to_string()),
            Value::Number(i64::from(archived)),
            Value::Number(start.numbers[0]),
            Value::Number(start.numbers[1]),
            Value::Text(start.id.clone()),
        ];
        Self { backend, owner: owner.as_uuid().simple().to_string(), sql: String::new(), values }
    }

    /// None: nothing can match. The conversations are found and cut to the page before anything of their messages is read.
    fn build(mut self, query: &SearchQuery, limit: i64) -> Option<Self> {
        let hits = self.hits(query)?;
        let filters = self.filters(query)?;
        let limit = self.place(Value::Number(limit));
        let (hit, join) = match &hits {
            Some(hits) => ("h.stands_at", format!(" JOIN ({hits}) h ON h.conversation_id = c.id")),
            None => ("CAST(NULL AS TEXT)", String::new()),
        };
        self.sql = format!(
            "SELECT {columns}, hit_id, hit_content FROM \
             (SELECT c.id AS found, {hit} AS stands_at FROM conversations c{join} \
             WHERE c.owner_id = $1 AND c.archived = $2 AND c.deleted_at IS NULL \
             AND (c.pinned, c.updated_at, c.id) < ($3, $4, $5){filters} \
             ORDER BY c.pinned DESC, c.updated_at DESC, c.id DESC LIMIT {limit}) f \
             JOIN conversations ON id = found \
             LEFT JOIN (SELECT id AS hit_id, substr(content, 1, {shown}) AS hit_content FROM messages) m ON hit_id = substr(stands_at, 16) \
             ORDER BY pinned DESC, updated_at DESC, id DESC",
            columns = conversation_columns!(),
            shown = search::MAX_SHOWN,
        );
        Some(self)
    }

    /// Conversations in which something holds all words (and, if asked for, code, or is from somebody), each with the newest
    /// message that does. None inside: nothing of that kind is asked for.
    fn hits(&mut self, query: &SearchQuery) -> Option<Option<String>> {
        let code = query.has.contains(&Has::Code);
        if query.words.is_empty() && !code && query.from.is_none() {
            return Some(None);
        }
        let mut conditions = String::new();
        if !query.words.is_empty() {
            conditions.push_str(&self.holding(&Asked::new(&query.words)?));
        }
        if code {
            conditions.push_str(" AND d.has_code = 1");
        }
        if let Some(from) = query.from {
            let place = self.place(Value::Text(from.as_str().to_owned()));
            conditions.push_str(&format!(" AND d.role = {place}"));
        }
        Some(Some(format!(
            "SELECT d.conversation_id, MAX(CASE WHEN d.kind = 'message' THEN d.stands_at END) AS stands_at FROM search_docs d \
             WHERE d.owner_id = $1{conditions} GROUP BY d.conversation_id"
        )))
    }

    /// What the index says of `d`.
    fn holding(&mut self, asked: &Asked) -> String {
        let text = asked.text(self.backend);
        match self.backend {
            Backend::Sqlite => {
                let text = format!("owner : \"{}\" AND body : ({text})", self.owner);
                let place = self.place(Value::Text(text));
                format!(" AND d.id IN (SELECT rowid FROM search_words WHERE search_words MATCH {place})")
            }
            Backend::Postgres => {
                let place = self.place(Value::Text(format!("'o{}' & {text}", self.owner)));
                format!(" AND d.words @@ CAST({place} AS tsquery)")
            }
        }
    }

    fn filters(&mut self, query: &SearchQuery) -> Option<String> {
        let mut filters = String::new();
        if !query.title.is_empty() {
            let holding = self.holding(&Asked::new(&query.title)?);
            filters.push_str(&format!(
                " AND c.id IN (SELECT d.conversation_id FROM search_docs d \
                 WHERE d.owner_id = $1 AND d.kind = 'title'{holding})"
            ));
        }
        for part in &query.model {
            let place = self.place(Value::Text(like(part)));
            filters.push_str(&format!(
                " AND (LOWER(c.model) LIKE {place} ESCAPE '\\' OR EXISTS (SELECT 1 FROM messages w \
                 WHERE w.conversation_id = c.id AND LOWER(w.model) LIKE {place} ESCAPE '\\'))"
            ));
        }
        if query.has.contains(&Has::Artifact) {
            filters.push_str(
                " AND EXISTS (SELECT 1 FROM artifacts a WHERE a.conversation_id = c.id AND a.deleted_at IS NULL)",
            );
        }
        if query.has.contains(&Has::File) {
            filters.push_str(
                " AND EXISTS (SELECT 1 FROM messages w JOIN message_parts p ON p.message_id = w.id \
                 WHERE w.conversation_id = c.id AND w.role = 'user' AND p.kind IN ('file', 'image'))",
            );
        }
        for (time, comparison) in [(query.after, ">="), (query.before, "<")] {
            if let Some(time) = time.map(Timestamp::as_millis) {
                let place = self.place(Value::Number(time));
                filters.push_str(&format!(" AND c.updated_at {comparison} {place}"));
            }
        }
        Some(filters)
    }

    /// Binds a value and gives its place in the text.
    fn place(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

/// The `LIKE` pattern (escape character `\`) for texts that hold `part`.
fn like(part: &str) -> String {
    let mut pattern = "%".to_owned();
    for c in part.chars().filter(|c| *c != '\0') {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn patterns_are_literal() {
        assert_eq!(like(r"50%_a\B"), r"%50\%\_a\\B%");
    }
}
