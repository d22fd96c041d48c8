"""What the CLI says of where an update was started: its environment, its commit, its configuration. Pure."""

from json import loads
from typing import Any

from sandbox.pulumi.people import BOT, PEOPLE
from sandbox.pulumi.resources import dice, digest
from sandbox.pulumi.world import Stack, Update

CI = "ci-bot"
_DIRTY = 0.2
_UNKNOWN_COMMIT = 0.15  # pushed later, or never
_NAMES = {person.login: person.name or person.login for person in PEOPLE}


def environment(stack: Stack, update: Update) -> dict[str, str]:
    """All texts, as the API has them; the CI carries its build, a person may have unsaved work."""
    by_hand = update.author not in {CI, BOT}
    coder = update.author if by_hand else stack.owner
    found = {
        "exec.kind": "auto.local" if update.author == BOT else "cli",
        "git.head": digest("commit", stack.origin.project, update.message)[:40],
        "git.headName": "refs/heads/main" if update.kind[0] != "P" else "refs/heads/change",
        "git.dirty": str(by_hand and dice(update.id, "dirty").random() < _DIRTY).lower(),
        "git.author": _NAMES[coder],
        "git.author.email": f"{coder}@acme.example",
        "git.committer": "GitHub",
        "git.committer.email": "noreply@github.com",
        "vcs.kind": "github.com",
        "vcs.owner": stack.origin.org,
        "vcs.repo": stack.repo,
        "vcs.root": f"stacks/{stack.origin.project}",
        "stack.environments": f'["{stack.origin.project}/{stack.origin.stack}"]',
    }
    return found | (_build(stack, update, found["git.head"]) if update.author == CI else {})


def _build(stack: Stack, update: Update, head: str) -> dict[str, str]:
    number = str(int(digest(update.id, "build")[:6], 16))
    pull = str(1000 + update.version)
    return {
        "exec.agent": "pulumi/actions@v6",
        "ci.system": "GitHub Actions",
        "ci.build.id": number,
        "ci.build.number": str(update.version * 3),
        "ci.build.type": "push",
        "ci.build.url": f"https://github.com/{stack.origin.org}/{stack.origin.project}/actions/runs/{number}",
        "ci.pr.headSHA": head,
        "ci.pr.number": pull,
        "github.pr.number": pull,
    }


def commit(stack: Stack, update: Update) -> dict[str, Any] | None:
    """The commit that was at the head, where the service could look it up."""
    if dice(update.id, "commit").random() < _UNKNOWN_COMMIT:
        return None
    where = environment(stack, update)
    slug = f"{where['vcs.owner']}/{where['vcs.repo']}"
    return {
        "slug": slug,
        "sha": where["git.head"],
        "url": f"https://github.com/{slug}/commit/{where['git.head']}",
        "message": update.message,
    }


def settings(stack: Stack) -> dict[str, dict[str, Any]]:
    """The configuration: a secret is ciphertext, a structure is JSON text."""
    return {key: _setting(stack, key, value) for key, value in stack.config.items()}


def _setting(stack: Stack, key: str, value: str) -> dict[str, Any]:
    secret = value.startswith("secret:")
    text = f"AAABA{digest(stack.origin, key)[:48]}==" if secret else value
    return {"string": text, "secret": secret, "object": not secret and _structured(value)}


def _structured(value: str) -> bool:
    return value[:1] in {"[", "{"} and bool(loads(value))
