"""The same examples in every run, so that a red test is red for everybody.

To look for new ones: `pytest tests/properties --hypothesis-profile=search`.
"""

import hypothesis

hypothesis.settings.register_profile(
    "fixed", derandomize=True, deadline=None, max_examples=200, database=None, print_blob=True
)
hypothesis.settings.register_profile("search", deadline=None, max_examples=3000, print_blob=True)
if hypothesis.settings.get_current_profile_name() in ("default", "ci"):
    hypothesis.settings.load_profile("fixed")
