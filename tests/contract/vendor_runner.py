"""Makes the calls of ``wire_calls`` with the vendor's SDK; run by its own interpreter.

``python -m tests.contract.vendor_runner BASE_URL`` writes one JSON object: the number of a call,
and the exception it ended in, if any. Each call carries its number in a header. With ``later``
after the base URL it makes those of ``wire_calls_later``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import twelvelabs

from tests.contract.wire_calls import CALLS, arguments, bound
from tests.contract.wire_calls_later import LATER_CALLS, NEWEST_CALLS


def main() -> None:
    """Make every call; a reply that the SDK cannot read is no matter here."""
    client: Any = twelvelabs.TwelveLabs(api_key="key", base_url=sys.argv[1])
    outcomes: dict[int, str] = {}
    calls = (*LATER_CALLS, *NEWEST_CALLS) if sys.argv[2:] == ["later"] else CALLS
    for number, made in enumerate(calls):
        options: Any = {"additional_headers": {"x-call": str(number)}}
        try:
            result = bound(client, made.method)(
                *arguments("twelvelabs", made.arguments),
                **arguments("twelvelabs", made.named),
                request_options=options,
            )
            if made.method.rpartition(".")[2] in ("analyze_stream", "create_stream", "results"):
                list(result)
        except Exception as error:  # of another SDK: it is shown
            outcomes[number] = repr(error)[:200]
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
