"""Why a task says nothing of a scene: no mistake, so no error a user has to mend."""


class NotApplicableError(ValueError):
    """A task that this scene gives no basis for; the message is the reason, in a few words."""
