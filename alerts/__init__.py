"""The room alerts: from evidence to a delivered alert.

In: scored articles (``weigh``), the configuration, and the time. Out: stories, one decision for
every story and rule, alerts with a reason for each revision, and messages handed to email and
webhooks (``deliver``); once a day and once a week a digest of the rest (``build_digest``,
``send_digest``).
``weigh`` stores everything of a batch in one transaction; ``deliver`` sends outside of any, at
least once and always with the same id.
"""

from alerts.build import build_channels
from alerts.channels import Channel, Receipt, Recipient, recipients_of, unknown_channels
from alerts.circumstances import Circumstances
from alerts.cumulative import judge_index
from alerts.digest import build_digest
from alerts.digest_mail import digest_text, send_digest
from alerts.digest_types import Digest, DigestDelivery
from alerts.errors import AlertError, ChannelError, Course
from alerts.message import alert_mail, plain_text
from alerts.payload import AlertPayload, read_payload
from alerts.rejudge import rejudge
from alerts.sender import DeliveryReport, deliver
from alerts.settings import (
    AlertsSettings,
    EmailSettings,
    PersonSettings,
    QuietSettings,
    RuleSettings,
    WebhookSettings,
)
from alerts.smtp import EmailChannel
from alerts.trial import send_test
from alerts.weigh import WeighReport, weigh

__all__ = [
    "AlertError",
    "AlertPayload",
    "AlertsSettings",
    "Channel",
    "ChannelError",
    "Circumstances",
    "Course",
    "DeliveryReport",
    "Digest",
    "DigestDelivery",
    "EmailChannel",
    "EmailSettings",
    "PersonSettings",
    "QuietSettings",
    "Receipt",
    "Recipient",
    "RuleSettings",
    "WebhookSettings",
    "WeighReport",
    "alert_mail",
    "build_channels",
    "build_digest",
    "deliver",
    "digest_text",
    "judge_index",
    "plain_text",
    "read_payload",
    "recipients_of",
    "rejudge",
    "send_digest",
    "send_test",
    "unknown_channels",
    "weigh",
]
