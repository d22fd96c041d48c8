"""Who there is. Data only."""

from sandbox.pulumi.world import Person

BOT = "pulumi-bot"
_MEMBER = (("acme", "member"),)

PEOPLE: tuple[Person, ...] = (
    Person("ann", "Ann Sato", (("acme", "admin"), ("newco", "member"))),
    Person("bo", "Bo Lind", _MEMBER),
    Person("cy", "Cy Okafor", (("acme", "admin"), ("newco", "admin"))),
    Person("dee", "Dee Roth", _MEMBER),
    Person("eli", "Eli Brandão", _MEMBER),
    Person("fay", "Fay O'Neill", _MEMBER),
    Person("gus", "Gus Meyer", (("acme", "stack-collaborator"),)),
    Person("hana", "Hana Dvořák", _MEMBER),
    Person("ivo", "", (("acme", "billing-manager"),)),
    Person("ci-bot", "Acme CI", (("acme", "member"), ("newco", "member")), robot=True),
    Person(BOT, "Pulumi ChatOps", (("acme", "admin"), ("newco", "member")), robot=True),
)
