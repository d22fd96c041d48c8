"""Names of resources and types."""

import pytest

from bot.urns import resource, short_type


@pytest.mark.parametrize(
    ("urn", "type_", "name"),
    [
        ("urn:pulumi:s::p::a:b:C::n", "a:b:C", "n"),
        ("urn:pulumi:s::p::a:b:C$d:e:F::n", "d:e:F", "n"),
        ('urn:pulumi:s::p::a:b:C::a::b$c "q" <x>|&\\', "a:b:C", 'a::b$c "q" <x>|&\\'),
        ("urn:pulumi:s::p::a:b:C::", "a:b:C", ""),
        ("urn:pulumi:s::p", "", "urn:pulumi:s::p"),
        ("a::b::c::d", "", "a::b::c::d"),
        ("", "", ""),
        ("urn:pulumi:s::p::a:b:C::two\nlines\x07", "a:b:C", "two lines"),
    ],
)
def test_a_urn_gives_type_and_whole_name_and_what_is_none_is_shown(urn: str, type_: str, name: str) -> None:
    found = resource(urn)
    assert (found.urn, found.type, found.name) == (urn, type_, name)


def test_the_type_an_event_names_wins() -> None:
    assert str(resource("urn:pulumi:s::p::a:b:C::n", "x:y/z:Z")) == "x:y:Z n"


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("aws:s3/bucket:Bucket", "aws:s3:Bucket"),
        ("aws:s3/bucketV2:BucketV2", "aws:s3:BucketV2"),
        ("aws:s3/other:Bucket", "aws:s3/other:Bucket"),
        ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:Deployment"),
        ("pulumi:pulumi:Stack", "pulumi:pulumi:Stack"),
        ("pulumi-python:dynamic:Resource", "pulumi-python:dynamic:Resource"),
        ("my:component:WebService", "my:component:WebService"),
        ("odd", "odd"),
        ("", ""),
        ("a:b/:", "a:b/:"),
    ],
)
def test_a_type_is_shortened_only_where_its_file_repeats_its_name(long: str, short: str) -> None:
    assert short_type(long) == short
