//! The list of what the server says in English and people read: in English its sentences as templates, as they stand
//! where they are composed; a test holds them against the source.

use crate::strings::{Piece, kind, list_of_texts};

list_of_texts! {
    /// What the server says.
    Said {
        /// What cannot be found.
        nouns: Nouns {
            conversation, message, turn, image, key, token, user, tool_call, mcp_server, tool, artifact, version, place, fast, balanced, powerful,
        }
        /// Why something was not done.
        errors: Errors {
            invalid, not_found, unauthenticated, storage, internal, admin_only, quota, quota_of,
            restarting, own_messages, not_continued, not_anew, nothing_to_compact, summary_failed,
            summary_long, summary_refused, decided, turn_ended, call_changed, somebody_decides,
            still_writing, not_stored, wrong_credentials, wrong_one_left, wrong_left, registration_closed,
            first_taken, sign_in_busy, hosted_taken, hosted_refused, hosted_failed, hosted_stale, hosted_silent,
            too_many, keys_closed, counters, storage_exceeded, disk_full, disk_closed, disk_write,
            disk_read, store_write, store_read, no_local, rate, form,
        }
        /// What is wrong with a field; it follows the field's name in English, and stands alone elsewhere.
        fields: Fields {
            empty, most, range, bytes, nul, control, images, email, email_taken, password_empty,
            password_short, password_same, password_wrong, setup_token, key_long, key_odd, key_short,
            key_missing, key_rejected, too_long, no_vision, blind, image_large, nothing_fits,
            no_such_model, needs_key, not_running, image_gone, query_long, query_words, query_word_long,
            image_base64, image_unknown, image_too_large, password_easy,
        }
        /// What is wrong with what was put into a server's form; it follows the field's name in English, and stands alone elsewhere.
        answers: Answers {
            missing, no_such, text, text_least, number, whole, least, most, flag, option, list, twice,
            fewest, most_of, address, date, moment,
        }
        /// What is wrong with an MCP server that is to be added; worded like that of a field.
        servers: Servers {
            name_blank, name_dots, name_long, name_odd, required, alien, args_most, hidden,
            variable, header, header_ours, header_value, once, url_long, url_scheme, url_odd,
            url_user, url_host, url_port, json, json_object, json_group, json_nameless, json_none,
            json_most, entry, entry_both, entry_text, entry_texts, entry_pairs, entry_flag,
            entry_later, entry_unknown, entry_kind, entry_sse, placeholder,
        }
        /// What stands between a call and its server, what is asked about it, and what is wrong with a rule.
        calls: Calls {
            needs_auth, slow, cancelled, closed, was_closed, no_answer, no_answer_in_time, not_mcp, unreadable,
            not_started, not_started_why, ended_signal, ended_status, ended, ended_because, wrote, versions,
            wordless, refused, status, no_server, redirects, other_kind, too_large, forgotten, header,
            unreachable, not_asked, private, task, asked_back, wants_model, shutting_down, not_renewed, account,
            expired, said_no, stranger, failed, why_slow, why_unknown_apps, why_pkce, why_code, why_other,
            why_unreached, why_silent, why_unreadable, why_status, why_https, own_header, program, sealed, off,
            changed_again, not_yours, shared_name, taken, only_reads, only_changes, may_destroy, rule_asks,
            not_allowed, not_allowed_so, rules_most, rule_pointer, rule_test, rule_values, rule_line,
            rule_address, rule_folder, rule_host,
        }
        /// What is wrong with artifacts, and with archives that are to become some; worded like that of a field, where it is one's.
        artifacts: Artifacts {
            lost, lost_one, together, changed, to_version, taken, many, no_archive, entries_most, total_most,
            files_most, no_files, nameless, twice, twice_alike, in_file, unreadable, overlaps, damaged,
            large, length, no_text, link, no_file, encrypted, packed, path_bytes, path_slash, path_root,
            name_empty, name_dots, name_long, name_hidden, name_signs, name_ends, name_device,
        }
        /// What became of files of conversations: first which ones, then why something of them was not taken.
        imports: Imports {
            one, one_titled, one_of, one_of_titled, the_file, others, others_of, sentence, no_file, no_archive, neither, cut_off, junk, unreadable, bomb, length, no_json, newer, same_id, circle, no_form, broken_off, broken_off_known, nothing, no_conversations, holds_none, too_large, links, silent, grown, no_json_in_it, too_slow, full, stopping, running, busy, not_whole, no_more, slowly, large, unkept, form, many, unchosen,
        }
        /// Why code is not run.
        sandbox: Sandbox {
            trying, off, none_works, no_program, not_started, workspaces_full, stopped,
        }
        /// Parts of sentences.
        clauses: Clauses {
            one_second, seconds, moment, in_seconds, detail, left_one, left, tried_one, tried,
        }
        /// Why an answer failed.
        failures: Failures {
            auth, own_key, permission, billing, not_found, rate_limited, overloaded, unavailable, connect,
            unsent, timeout, endless, wordless, web_page, bad_response, truncated, too_long, region,
            filter, incapable, rejected, broke_off, demo, no_row, key_server, key_list, key_region,
            key_billing, key_connect, key_timeout, key_other, key_busy,
        }
        /// Why a model was asked.
        routing: Routing {
            chosen, again, nothing, demo, local_configured, local_fits, local_answers, silent, warm, quota, only,
            preferred, unpriced, unpriced_far, least, least_far, least_trouble, least_far_trouble,
            voice_soon, voice, over_silent, over_limit, over_load, over_slow, over_gone, over_cut,
            over_key, over_credit, over_forbidden, over_unknown, over_failed, summary,
        }
        /// Why the prompt cache did not serve.
        cache: Cache {
            off, first, expired, hour, minutes, short, model, tools, instructions, choice, picture, message,
        }
        /// Why a picture of elsewhere is not shown.
        pictures: Pictures {
            not_shown, bad_address, private, unreachable, status, redirects, too_large, too_slow,
        }
    }
}
