"""A bundle and its card onto the hub, all at once or not at all."""

from pathlib import Path

from huggingface_hub import CommitOperationAdd, HfApi, constants

from elsewhere.bundle import DESCRIPTION, WEIGHTS
from elsewhere.errors import CheckpointError
from elsewhere.models.hub import hub_answers
from elsewhere.sharing.places import HubPlace
from elsewhere.sharing.talking import talking_to_hub

CARD = "README.md"


def upload_bundle(bundle: Path, place: HubPlace, card: str, *, public: bool = False) -> str:
    """Put a bundle and its card into a repository, in one commit; a new one is made if needed.

    What else lies in the repository stays, and so does whether an old one is public. The place's
    revision, if any, is the branch that is written to; `card` is the text of README.md; `public`
    lets everybody see a new repository. The address of the commit is returned.
    """
    with talking_to_hub(place):
        if constants.HF_HUB_OFFLINE or not hub_answers():
            raise CheckpointError(
                f"{place}: the hub cannot be reached; the bundle lies in {bundle}, push it when "
                "there is a network"
            )
        api = HfApi(library_name="elsewhere")
        api.create_repo(place.repository, private=not public, exist_ok=True)
        files: dict[str, str | bytes] = {CARD: card.encode()}
        files |= {name: str(bundle / name) for name in (DESCRIPTION, WEIGHTS)}
        done = api.create_commit(
            place.repository,
            [CommitOperationAdd(name, content) for name, content in files.items()],
            commit_message="Upload a bundle of elsewhere",
            revision=place.revision,
        )
    return str(done.commit_url)
