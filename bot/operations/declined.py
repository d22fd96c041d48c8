"""Words of Pulumi's CLI that this bot does not run, and what to do instead."""

_RUN = (
    "I don't run {0}: that happens in your terminal or your pipeline, with the program and its secrets. "
    "Once it runs, status and why tell you here what it does."
)
_LATER = "{0} isn't offered. {1}"

DECLINED = {
    **{word: _RUN.format(f"pulumi {word}") for word in ("up", "update", "destroy", "refresh", "import")},
    **{word: _RUN.format("pulumi preview") + " previews lists what was previewed." for word in ("preview", "pre")},
    "cancel": _LATER.format("cancel", "Stop the update where it runs, or on its page in the Pulumi console."),
    "config": _LATER.format("config", "Configuration holds secrets; read and change it with the Pulumi CLI."),
    "logout": "There is no session to end here: Slack is who you are.",
    "new": "I don't create projects. Run pulumi new in your terminal.",
    "state": _LATER.format("Editing state", "Use pulumi state in your terminal, with a backup."),
    "digest": _LATER.format("digest", "Subscriptions come with live updates."),
    "oncall": _LATER.format("oncall", "Tag a stack with slack:owner to say whom to ask."),
}
