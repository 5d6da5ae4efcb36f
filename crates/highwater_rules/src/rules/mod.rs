//! The table of rules. Adding a rule is a folder, a `mod` line and a line in the table.

mod abort_listener_not_removed;
mod cap_never_enforced;
mod client_per_request;
mod closure_retains_request;
mod effect_without_cleanup;
mod expiry_only_on_read;
mod growing_promise_chain;
mod growth_without_quota;
pub(crate) mod labels_merged;
mod listener_not_removed;
mod lock_not_released;
mod metric_label_cardinality;
mod nested_collection;
mod partial_cleanup;
mod pending_request_not_removed;
mod pending_writes_lost;
mod process_local_state;
mod resource_not_closed;
mod session_not_removed;
mod shift_on_window;
mod stale_cached_result;
mod string_accumulation;
mod subscription_not_removed;
mod sweep_never_called;
mod timer_not_cleared;
mod unbounded_array;
mod unbounded_concurrency;
mod unbounded_map;
mod unbounded_object;
mod unbounded_queue;
mod unbounded_set;

use crate::heap::Sort;
use crate::{HeapRule, Rule};

/// Every rule, in the order of reports.
pub static RULES: &[Rule] = &[
    Rule { card: unbounded_map::CARD, find: unbounded_map::find_in_code::find },
    Rule { card: unbounded_set::CARD, find: unbounded_set::find_in_code::find },
    Rule { card: unbounded_array::CARD, find: unbounded_array::find_in_code::find },
    Rule { card: unbounded_object::CARD, find: unbounded_object::find_in_code::find },
    Rule { card: nested_collection::CARD, find: nested_collection::find_in_code::find },
    Rule { card: string_accumulation::CARD, find: string_accumulation::find_in_code::find },
    Rule { card: sweep_never_called::CARD, find: sweep_never_called::find_in_code::find },
    Rule { card: expiry_only_on_read::CARD, find: expiry_only_on_read::find_in_code::find },
    Rule { card: cap_never_enforced::CARD, find: cap_never_enforced::find_in_code::find },
    Rule { card: partial_cleanup::CARD, find: partial_cleanup::find_in_code::find },
    Rule { card: session_not_removed::CARD, find: session_not_removed::find_in_code::find },
    Rule { card: pending_request_not_removed::CARD, find: pending_request_not_removed::find_in_code::find },
    Rule { card: lock_not_released::CARD, find: lock_not_released::find_in_code::find },
    Rule { card: unbounded_queue::CARD, find: unbounded_queue::find_in_code::find },
    Rule { card: labels_merged::CARD, find: labels_merged::find_in_code::find },
    Rule { card: metric_label_cardinality::CARD, find: metric_label_cardinality::find_in_code::find },
    Rule { card: effect_without_cleanup::CARD, find: effect_without_cleanup::find_in_code::find },
    Rule { card: shift_on_window::CARD, find: shift_on_window::find_in_code::find },
    Rule { card: timer_not_cleared::CARD, find: timer_not_cleared::find_in_code::find },
    Rule { card: listener_not_removed::CARD, find: listener_not_removed::find_in_code::find },
    Rule { card: abort_listener_not_removed::CARD, find: abort_listener_not_removed::find_in_code::find },
    Rule { card: subscription_not_removed::CARD, find: subscription_not_removed::find_in_code::find },
    Rule { card: closure_retains_request::CARD, find: closure_retains_request::find_in_code::find },
    Rule { card: growing_promise_chain::CARD, find: growing_promise_chain::find_in_code::find },
    Rule { card: growth_without_quota::CARD, find: growth_without_quota::find_in_code::find },
    Rule { card: pending_writes_lost::CARD, find: pending_writes_lost::find_in_code::find },
    Rule { card: process_local_state::CARD, find: process_local_state::find_in_code::find },
    Rule { card: stale_cached_result::CARD, find: stale_cached_result::find_in_code::find },
    Rule { card: unbounded_concurrency::CARD, find: unbounded_concurrency::find_in_code::find },
    Rule { card: resource_not_closed::CARD, find: resource_not_closed::find_in_code::find },
    Rule { card: client_per_request::CARD, find: client_per_request::find_in_code::find },
];

/// Rules that also judge heaps, each with the sort of suspects that is its.
pub static IN_HEAP: &[HeapRule] = &[
    HeapRule { card: unbounded_map::CARD, of: Sort::Map },
    HeapRule { card: unbounded_set::CARD, of: Sort::Set },
    HeapRule { card: unbounded_array::CARD, of: Sort::Array },
    HeapRule { card: unbounded_object::CARD, of: Sort::Object },
    HeapRule { card: timer_not_cleared::CARD, of: Sort::Timers },
    HeapRule { card: listener_not_removed::CARD, of: Sort::Listeners },
    HeapRule { card: abort_listener_not_removed::CARD, of: Sort::AbortListeners },
    HeapRule { card: resource_not_closed::CARD, of: Sort::Resources },
    HeapRule { card: growing_promise_chain::CARD, of: Sort::Promises },
];
