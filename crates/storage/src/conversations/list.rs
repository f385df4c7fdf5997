//! The list of conversations, whole or searched.

use sqlx::{AssertSqlSafe, any::AnyRow};
use vertice_domain::{
    Page, PageRequest, Timestamp, UserId,
    conversation::ConversationHit,
    search::{Has, SearchQuery},
};

use crate::{
    cursor::{self, Key, List},
    database::Database,
    fault::Fault,
    rows::{self, conversation_columns},
    search_text,
};

/// Before the first conversation: greater than every `(pinned, updated_at, id)`.
const START: [i64; 2] = [2, 0];

pub(super) async fn list(
    database: &Database,
    owner: UserId,
    query: &SearchQuery,
    archived: bool,
    page: &PageRequest,
) -> Result<Page<ConversationHit>, Fault> {
    search_text::check(query)?;
    let start = Key { numbers: START.to_vec(), id: String::new() };
    let start = cursor::decode(List::Conversations, page, start)?;
    if query.has.contains(&Has::File) {
        // A conversation holds none yet, so none matches.
        return Ok(Page { items: Vec::new(), next_cursor: None });
    }
    let search = Search::new(owner, archived, &start).build(query, cursor::rows_wanted(page));
    let mut statement = sqlx::query(AssertSqlSafe(search.sql));
    for value in search.values {
        statement = match value {
            Value::Text(text) => statement.bind(text),
            Value::Number(number) => statement.bind(number),
        };
    }
    let found = statement.fetch_all(database.reader()).await?;
    let hits = found.iter().map(|row| hit(row, query)).collect::<Result<_, _>>()?;
    Ok(cursor::page(List::Conversations, page, hits, |hit: &ConversationHit| Key {
        numbers: vec![i64::from(hit.conversation.pinned), hit.conversation.updated_at.as_millis()],
        id: hit.conversation.id.to_string(),
    }))
}

fn hit(row: &AnyRow, query: &SearchQuery) -> Result<ConversationHit, Fault> {
    let message_id = rows::optional_parsed(row, "hit_id")?;
    let snippet = match message_id {
        Some(_) => Some(search_text::snippet(&rows::text(row, "hit_content")?, &query.words)),
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
    sql: String,
    values: Vec<Value>,
}

impl Search {
    fn new(owner: UserId, archived: bool, start: &Key) -> Self {
        let values = vec![
            Value::Text(owner.to_string()),
            Value::Number(i64::from(archived)),
            Value::Number(start.numbers[0]),
            Value::Number(start.numbers[1]),
            Value::Text(start.id.clone()),
        ];
        Self { sql: String::new(), values }
    }

    /// The join finds the newest message that matches, once for each conversation; the filter after it keeps what one
    /// was found for.
    fn build(mut self, query: &SearchQuery, limit: i64) -> Self {
        let words: Vec<String> = query.words.iter().map(|word| self.pattern(word)).collect();
        let code = query.has.contains(&Has::Code);
        let (hit, join) = if words.is_empty() && !code {
            ("CAST(NULL AS TEXT) AS hit_id", String::new())
        } else {
            ("hit_id, hit_content", join_sql(&words, code))
        };
        let filters = self.filters(query) + &matches_sql(&words, code);
        let limit = self.place(Value::Number(limit));
        self.sql = format!(
            "SELECT {columns}, {hit} FROM conversations c{join} \
             WHERE c.owner_id = $1 AND c.archived = $2 AND c.deleted_at IS NULL \
             AND (c.pinned, c.updated_at, c.id) < ($3, $4, $5){filters} \
             ORDER BY c.pinned DESC, c.updated_at DESC, c.id DESC LIMIT {limit}",
            columns = conversation_columns!(),
        );
        self
    }

    fn filters(&mut self, query: &SearchQuery) -> String {
        let mut filters = String::new();
        for word in &query.title {
            let place = self.pattern(word);
            filters.push_str(&format!(" AND c.title_search LIKE {place} ESCAPE '\\'"));
        }
        for part in &query.model {
            let place = self.pattern(part);
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
        for (time, comparison) in [(query.after, ">="), (query.before, "<")] {
            if let Some(time) = time.map(Timestamp::as_millis) {
                let place = self.place(Value::Number(time));
                filters.push_str(&format!(" AND c.updated_at {comparison} {place}"));
            }
        }
        filters
    }

    fn pattern(&mut self, word: &str) -> String {
        self.place(Value::Text(search_text::pattern(word)))
    }

    /// Binds a value and gives its place in the text.
    fn place(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

/// Joins the newest message that holds every word (and, if asked for, code).
fn join_sql(words: &[String], code: bool) -> String {
    let holds: String =
        words.iter().map(|place| format!(" AND s.search_text LIKE {place} ESCAPE '\\'")).collect();
    let code = if code { " AND s.has_code = 1" } else { "" };
    format!(
        " LEFT JOIN (SELECT id AS hit_id, content AS hit_content FROM messages) h ON h.hit_id = \
         (SELECT s.id FROM messages s WHERE s.conversation_id = c.id{code}{holds} \
         ORDER BY s.created_at DESC, s.id DESC LIMIT 1)"
    )
}

/// Which conversations stay: those with such a message, or, for words alone, with all words in the title.
fn matches_sql(words: &[String], code: bool) -> String {
    if words.is_empty() && !code {
        return String::new();
    }
    if words.is_empty() || code {
        return " AND hit_id IS NOT NULL".to_owned();
    }
    let titles: Vec<String> =
        words.iter().map(|place| format!("c.title_search LIKE {place} ESCAPE '\\'")).collect();
    format!(" AND (hit_id IS NOT NULL OR ({}))", titles.join(" AND "))
}
