"""Whether rules can be worked with: asked before they are published, because services that cannot read them stand still.

Reach for `check_rules()`.
"""

from __future__ import annotations

from pathlib import Path

from ops_hub.casework.policy import sharing_policy
from ops_hub.casework.reply_codes import reply_codes
from ops_hub.casework.table import case_table
from ops_hub.config import matching_config
from ops_hub.engines.live.retention import centre_rules
from ops_hub.normalise.tables import name_tables
from ops_hub.states import home_states


def check_rules(rules: Path | None) -> tuple[str, ...]:
    """Return what is wrong with single states, which are left out: all else of the rules can be used.

    Args:
        rules: folder of rules; the shipped one by default.

    Raises:
        ConfigError: a file of rules cannot be used.
    """
    matching_config(rules)
    name_tables(rules)
    case_table(rules)
    sharing_policy(rules)
    reply_codes(rules)
    centre_rules(rules)
    return home_states(rules).problems
