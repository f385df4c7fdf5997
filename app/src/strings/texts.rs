//! The list of the page's own texts, grouped by where they stand. Each language says all of them, or does not compile.

use super::{Piece, Plural, kind, list_of_texts};

list_of_texts! {
    /// What the page says.
    Strings {
        /// The language itself.
        about: About {
            tag,
        }
        /// Numbers and money.
        figures: Figures {
            decimal, group, dollar, thousand, million, seconds, minutes, estimate, per_million, unpriced,
            unknown, free,
        }
        /// Dates and times.
        time: Time {
            january, february, march, april, may, june, july, august, september, october, november,
            december, day, day_of_year, month_of_year, short_day, just_now, minutes_ago: Plural, hours_ago:
            Plural,
        }
        /// What stands in many places.
        common: Common {
            brand, product, page_title, copy, copied, copying_refused, close, cancel, dismiss, edit,
            remove, rename, delete, pin, unpin, undo, retry, try_again, title, new_chat, usage,
            settings, sign_in, sign_out, theme, light, dark, system, auto, not_running, not_configured,
            skip, notifications, show_password, hide_password, conversation_deleted,
            conversation_not_deleted, still_signed_in, built_in, local, waits_title, waits,
        }
        /// What went wrong before the server could say so.
        errors: Errors {
            network, unreadable, malformed, failed,
        }
        /// A conversation.
        chat: Chat {
            conversation, jump, earlier, your_message, answer, answer_by, actions, regenerate, same_model,
            same_model_named, auto_again, branch_here, branch, previous_branch, next_branch, edited_text,
            edit_too_long, save_rerun, images, image, image_at, export_markdown, export_json, not_saved,
            not_restored, connection_lost, connection_resumed, not_here, not_loaded, signed_out,
            signed_out_hint, start_new, generating, complete,
            stopped, interrupted, sending_failed, not_sent, waits, quota_spent, looking_message,
            looking_answer,
            compact, compacting, not_compacted, switch_to, thinking, still_working, thought,
            thought_for, did_not_answer, continued_on, waiting_for, waiting_text, stop_waiting, morning,
            afternoon, evening, greeting, greeting_name, question, auto_hint, auto_hint_end, demo_only,
            demo_or, demo_end, add_key, suggestions, suggest_summary, suggest_summary_text,
            suggest_mail, suggest_mail_text, suggest_code, suggest_code_text, suggest_compare,
            suggest_compare_text,
        }
        /// Rendered texts.
        markdown: Markdown {
            copy_code, run, run_code, open, open_code, show_image_from, footnote, footnotes, table, done, to_do,
        }
        /// How an answer ended.
        ending: Ending {
            restarted, stopped, length, steps, steps_count, time_limit, cost_limit, circles, refused, go_on, failed, use_other, other, worth, left,
            retries_in, retries_when_seen,
        }
        /// The line under an answer.
        ledger: Ledger {
            saved, simple, code, reasoning, long_context, pictures, voice, chosen, same_again, routed,
            failed_over, failed_over_from,
            uncached, cached, cached_saved, weighed, weighed_label, input, cached_tokens, output, cost,
            cache_saved, first_token, total,
        }
        /// Calls of tools.
        calls: Calls {
            own, run_own, run, run_from, spoken, denied_said, allowed_said, once, here, always, deny, asks_you, asked_you,
            send_answers, pass_over, your_answer, other_answer, you_said, server, arguments,
            edited, result, show_all, done, failed, denied, answered, stopped, interrupted,
            ended, not_run, written, asking, running, steps: Plural, steps_time, allow_all: Plural, edit,
            deny_because, answer, edit_label, reason_label, answer_label, allow_edited, send_answer, not_object,
            not_json, answered_said,
        }
        /// What a tool's server asks the person.
        elicitation: Elicitation {
            asks, asked, stranger, send, decline, optional, choose, opens, open, opened, declined, cancelled,
            lapsed, yes, no, fault,
        }
        /// What cards of tool calls say beyond that.
        cards: Cards {
            percent, progress, image, unreachable, wants_sign_in, connected, settings, make_rule,
        }
        /// Where messages are written.
        composer: Composer {
            label, message, queue_placeholder, ask_placeholder, follow_placeholder, offline_placeholder,
            local_placeholder, spent_placeholder, too_long, send, queue, steer, not_steered,
            stop, too_many_images, file_fault, image_too_large, image_unknown, attached, reading, drop,
            blind, remove_image, images_to_attach, attach, spent, resets, local_free, nearly_spent,
            use_model, queued,
            images: Plural, code, code_hint, files,
        }
        /// What MCP servers offer where messages are written.
        offers: Offers {
            prompts, resources, reading, prompt, insert, attached, remove, too_many, of,
        }
        /// The choice of a model.
        picker: Picker {
            label, label_thinking, not_kept, find, model, no_match, auto_purpose, context, prices, local,
            degraded, down, fast, balanced, deep, runs_locally, thinking, unthinking, low, medium, high,
        }
        /// The list of conversations.
        sidebar: Sidebar {
            label, rail, collapse, expand, open, primary, primary_rail, conversations, empty, more, today,
            yesterday, week, thirty_days, pinned, waiting, running, options, search, search_label, clear,
            found, found_more, results, show_more, no_match, no_match_hint, more_failed, title_failed,
            pin_failed, restore_failed, account, spent, settings_sign_out,
        }
        /// Around every page.
        frame: Frame {
            not_loaded, odd_answer, reconnecting, reconnecting_hint, back, signed_out, not_found, no_page,
            no_page_hint,
        }
        /// Settings.
        settings: Settings {
            page, appearance, models, account, tokens, server, appearance_purpose, models_purpose,
            account_purpose, tokens_purpose, server_purpose, language, language_purpose, language_browser,
            notices, notices_text, notices_refused, role_user, role_premium, role_admin, profile, name,
            name_missing, email, role, sessions, sign_out_text, everywhere, everywhere_text, password,
            password_purpose, password_not_changed, change_password, current_password, new_password,
            at_least, characters, long_enough, password_changed, password_changed_said, manage, test,
            copy_by_hand, reading, import, import_text, import_open,
        }
        /// MCP servers and their tools.
        tools: Tools {
            servers, purpose, reading, unread, none, add_server, edit_server, save_server, permissions_text,
            reconnect, program, address, count: Plural, about, about_ms, starting, needs_sign_in, fails,
            off, cost, shared, shared_text, trusted, trusted_text, show_more: Plural, log, log_empty, remove,
            remove_server, not_changed, not_connected, not_removed, not_permitted, not_approved, not_signed_in,
            not_signed_out, signed_in, sign_in_expired, sign_in_refused, sign_in_stranger, sign_in_failed, permission, ask,
            allow, deny, writes, destructive, changed, difference, approve, way, by_form, by_json, json, json_hint,
            kind, kind_address, kind_program, command, command_hint, args, args_hint, env, headers, pairs_hint, url,
            url_example, no_pair, programs_by_admins,
        }
        /// Rules about the arguments of tools.
        rules: Rules {
            rules, count: Plural, of, argument, test, values, then, test_is, test_starts, test_host, said_is,
            said_starts, said_host, said_unknown, or, hint, add, remove, no_arguments, not_kept,
        }
        /// The files that a conversation works on.
        workspace: Workspace {
            files, reading, unread, not_changed,
        }
        /// What models and people write together.
        artifacts: Artifacts {
            panel, all, version, edited,
        }
        /// What was spent.
        usage: Usage {
            unread, adding,
        }
    }
}
