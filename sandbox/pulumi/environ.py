"""What the CLI says about the place an update was started from: its environment, its commit, its configuration. Pure."""

from json import loads
from typing import Any

from sandbox.pulumi.resources import dice, digest
from sandbox.pulumi.world import Stack, Update

CI = "ci-bot"


def environment(stack: Stack, update: Update) -> dict[str, str]:
    """All texts, as the API has them; an update by the CI carries its build."""
    head = digest("commit", stack.place.project, update.message)[:40]
    found = {
        "exec.kind": "auto.local" if update.author == "pulumi-bot" else "cli",
        "git.head": head,
        "git.headName": "refs/heads/main" if update.kind[0] != "P" else "refs/heads/change",
        "git.dirty": "true" if dice(update.id, "dirty").random() < 0.2 and update.author != CI else "false",  # noqa: PLR2004 - a fifth
        "git.author": "Ann Sato" if update.author == CI else update.author,
        "git.author.email": "ann@acme.example" if update.author == CI else f"{update.author}@acme.example",
        "git.committer": "GitHub",
        "git.committer.email": "noreply@github.com",
        "vcs.kind": "github.com",
        "vcs.owner": stack.place.org,
        "vcs.repo": stack.tags.get("vcs:repo", stack.place.project),
        "vcs.root": f"stacks/{stack.place.project}",
    }
    return found | (_build(stack, update, head) if update.author == CI else {})


def _build(stack: Stack, update: Update, head: str) -> dict[str, str]:
    number = str(int(digest(update.id, "build")[:6], 16))
    pull = str(1000 + update.version)
    return {
        "exec.agent": "pulumi/actions@v6",
        "ci.system": "GitHub Actions",
        "ci.build.id": number,
        "ci.build.number": str(update.version * 3),
        "ci.build.type": "push",
        "ci.build.url": f"https://github.com/{stack.place.org}/{stack.place.project}/actions/runs/{number}",
        "ci.pr.headSHA": head,
        "ci.pr.number": pull,
        "github.pr.number": pull,
    }


def commit(stack: Stack, update: Update) -> dict[str, Any] | None:
    """The commit that was at the head, where the service could look it up."""
    if dice(update.id, "commit").random() < 0.15:  # noqa: PLR2004 - pushed later, or never
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
    text = f"AAABA{digest(stack.place, key)[:48]}==" if secret else value
    return {"string": text, "secret": secret, "object": not secret and _structured(value)}


def _structured(value: str) -> bool:
    return value[:1] in {"[", "{"} and bool(loads(value))
