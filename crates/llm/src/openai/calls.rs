//! Tool calls out of the fragments of a stream. Fragments of several calls may interleave by index; the imitations leave
//! out ids, repeat them, use an index twice, or send the arguments as an object.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use vertice_ports::model::ToolCallDelta;

use super::wire::ToolFragment;
use crate::decode::{Arguments, Decoded, Queue};

/// The calls of one stream so far.
#[derive(Debug, Default)]
pub(super) struct Calls {
    by_index: HashMap<u64, Call>,
    ids: HashSet<String>,
    count: u32,
}

#[derive(Debug, Default)]
struct Call {
    /// Its number, once it has begun: with its name.
    number: Option<u32>,
    own_id: Option<String>,
    name: Option<String>,
    /// Arguments that came before the name.
    waiting: String,
    arguments: Arguments,
}

impl Calls {
    pub(super) fn push(&mut self, fragment: ToolFragment, out: &mut Queue) {
        let index = fragment.index.unwrap_or(0);
        let id = fragment.id.filter(|id| !id.is_empty());
        let function = fragment.function.unwrap_or_default();
        let name = function.name.filter(|name| !name.is_empty());
        // Some repeat the name in each fragment.
        let differs =
            |new: &Option<String>, old: &Option<String>| new.is_some() && old.is_some() && new != old;
        let is_another = |call: &Call| differs(&id, &call.own_id) || differs(&name, &call.name);
        if self.by_index.get(&index).is_some_and(is_another)
            && let Some(mut before) = self.by_index.remove(&index)
        {
            end(&mut before, out);
        }
        let call = self.by_index.entry(index).or_default();
        if call.own_id.is_none() {
            call.own_id = id;
        }
        if let Some(arguments) = function.arguments {
            call.waiting.push_str(&match arguments {
                Value::String(text) => text,
                Value::Null => String::new(),
                object => object.to_string(),
            });
        }
        if call.number.is_none() {
            let Some(name) = name else { return };
            let index = self.count;
            self.count += 1;
            call.number = Some(index);
            call.name = Some(name.clone());
            let id = unique(&mut self.ids, call.own_id.as_deref(), index);
            out.push_back(Ok(Decoded::ToolCall(ToolCallDelta::Start { index, id, name })));
        }
        flush(call, out);
    }

    /// The answer has ended: a call that never got a name is none. Only now it is sure that no more pieces come.
    pub(super) fn finish(&mut self, out: &mut Queue) {
        let mut calls: Vec<&mut Call> = self.by_index.values_mut().collect();
        calls.sort_by_key(|call| call.number);
        calls.into_iter().for_each(|call| end(call, out));
    }
}

fn flush(call: &mut Call, out: &mut Queue) {
    if let Some(index) = call.number {
        call.arguments.push(index, &std::mem::take(&mut call.waiting), out);
    }
}

fn end(call: &mut Call, out: &mut Queue) {
    if let Some(index) = call.number {
        call.arguments.end(index, out);
    }
}

/// The provider's id, unless it gave none or gave it before.
fn unique(ids: &mut HashSet<String>, own: Option<&str>, number: u32) -> String {
    let mut id = own.map_or_else(|| format!("call_{number}"), str::to_owned);
    while ids.contains(&id) {
        id = format!("{id}_{number}");
    }
    ids.insert(id.clone());
    id
}
