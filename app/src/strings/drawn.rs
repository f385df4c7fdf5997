//! The list of texts that only the server draws, so that no open page is given them.

use super::{Piece, Plural, kind, list_of_texts};

list_of_texts! {
    /// What the pages before the app say, and what a page is told by the server alone.
    Drawn {
        /// Sign-in, registration and set-up.
        doors: Doors {
            description, unreachable, page_not_loaded, too_many, paused, later, many_models, one_line, go_on,
            not_signed_in, email, email_example, password, caps_lock, name, optional, no_account,
            create_one, ask_admin, create_account, create, closed, closed_text, closed_hint, to_sign_in,
            create_text, have_account, not_created, setup_token, setup_token_hint, setup, first_admin,
            first_admin_text, or, continue_with,
        }
        /// The panel with a conversation's files.
        workspace: Workspace {
            close, upload, archive, empty, empty_text, used, up, folder: Plural, download, remove, really_remove, no_text, too_long, cut,
            as_artifact, tab_files, tab_changes, tab_runs, no_repository, no_changes, no_runs, runs_text, link, size,
        }
        /// The panel with a conversation's artifacts.
        artifacts: Artifacts {
            files, none, none_text, gone, back, close, views, preview, code, diff, history, version, before, next, copy, copied, more,
            download, offline, alone, all, import, wide, older, compare, restore, saved, saving, unsaved, not_saved, conflict,
            conflict_text, merge, keep_mine, take_newest, marks, new, rename, delete, deleted, undo, upload, path, apply, cancel,
            plain, open_files, lines: Plural, first, by_you, by_model, facts, current, older_versions, isolated, shot, reload, widths,
            desktop, tablet, phone, silent, wait, stop, left, flooded, stopped, fix, fix_request, console, clear, json_cut, no_json, find, find_before, find_next, found,
            found_none, table, size, rows: Plural, columns: Plural, rows_more: Plural, columns_cut, no_rows,
            layout, unified, split, same, diff_cut, from_block, edge,
        }
        /// The parts of the settings that hold models, tokens and, for admins, the server.
        settings: Settings {
            people, open_registration, registration_open, registration_closed, registration_not_changed,
            limits, limits_purpose, limit_not_changed, limit_form, limit_changed, limit_label,
            limit_placeholder, save, routing, routing_text, providers, providers_purpose, add_key,
            model_count: Plural, models_key, own_key_ends, own_key_sent, own_key, server_key, needs_no_key,
            no_key, degraded, down, since, pace, key_stored, key_not_working, key_not_removed, replace_key,
            your_key, key_address, store_key, test_hint, key_works, prices_purpose, model, tier, window, can,
            in_out, fast, balanced, powerful, tools, vision, thinking, not_available, new_token,
            new_api_token, token_acts, token_example, token_hint, create_token, token_created, the_new_token,
            no_tokens, token_revoked, token_not_revoked, token_unused, token_used, revoke, endpoint,
            endpoint_purpose, endpoint_label, key_field, name_field,
        }
        /// The server, for admins.
        server: Server {
            variables_purpose, anthropic_key, openai_key, google_key, groq_key, ollama_host, found_here, models, code, code_purpose,
            code_off, code_tried, code_within, code_degraded, code_not, code_hosts, code_folders,
        }
        /// What was spent.
        usage: Usage {
            none, period_text, whose, mine, everyone, period, days: Plural, export, empty,
            no_limit, of_limit, quota, quota_used, other_models, by_day, by_day_model, tools, tool, tool_calls, failed_calls,
            average_time, result_tokens, highest, day, model,
            conversation, token, user, by_model, by_conversation, by_token, by_user, rows, table, requests,
            input, output, cache_hit, saved, spend, no_conversation, in_browser, priced, unpriced: Plural,
            nothing_cached, share, in_out, calls, cache_saved, tokens, first_token,
        }
        /// The page on which conversations of other apps are taken in, and its report.
        import: Import {
            back, text, files, hint, send, sending, reading, lost, nothing, taken: Plural, messages: Plural, taken_text, here: Plural,
            more: Plural, stopped, stopped_text, skipped, unreadable, too_large, empty, grown, no_conversation, bad_entry, refused,
            left_out, pictures, other_files, recordings, hidden, notes, unknown, branches, versions, artifacts, models,
        }
        /// The command palette and the list of shortcuts; their script is given them by name.
        palette: Palette {
            label, placeholder, results, scopes, found, none, reading, unread, all, recent, commands, conversations,
            models, artifacts, tools, settings, move_hint, run_hint, tab_hint, scope_hint, close, search_for, pinned,
            archived, unavailable, new_chat, search, sidebar, panel, files, to_dark, to_light, to_system, rename,
            pin, unpin, delete, markdown, json, html, stop, copy, model, auto, usage, import, sign_out, keys,
            set_appearance, set_models, set_tools, set_account, set_tokens, set_server, keys_everywhere,
            keys_writing, keys_reading, keys_asked, keys_artifact, key_palette, key_escape, key_notices, key_send,
            key_line, key_edit, key_prompts, key_resources, key_next, key_previous, key_branch_next,
            key_branch_previous, key_once, key_here, key_always, key_deny, key_save,
        }
        /// Sessions.
        session: Session {
            signed_out,
        }
        /// The card of code that is run.
        run: Run {
            label, python, javascript, bash, gvisor, bubblewrap, no_network, network, denied, running, stop, stopped, stopped_said, lost, lost_text,
            again, exit, failed, timeout, timeout_text, memory_full, memory_full_text, too_much, too_much_text, disk_full,
            disk_full_text, cancelled_text, over_said, not_run, not_run_said, output, errors, shown, wordless, lines: Plural, gap,
            left_out, save_output, output_cut, files_cut, time, memory, processor, disk, of, percent, not_measured, bytes,
            kilobytes, megabytes, files: Plural, save_file, too_large, more_files: Plural, text_cut,
        }
    }
}
