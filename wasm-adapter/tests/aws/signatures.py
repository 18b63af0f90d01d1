"""The headers that botocore signs requests with, which are read from standard input: a JSON array on standard output."""

import datetime
import json
import sys
from unittest import mock

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SIGNED = ["X-Amz-Date", "X-Amz-Security-Token", "Authorization"]


def signed(request):
    keys = request["credentials"]
    credentials = Credentials(keys["accessKeyId"], keys["secretAccessKey"], keys.get("sessionToken"))
    headers = {name: value for name, value in request["headers"].items() if name not in SIGNED}
    own = AWSRequest(method=request["method"], url=request["url"], headers=headers, data=request["body"].encode())
    date = datetime.datetime.fromtimestamp(request["date"] / 1000, datetime.timezone.utc)
    with mock.patch.object(auth, "get_current_datetime", return_value=date):
        auth.SigV4Auth(credentials, "xray", request["region"]).add_auth(own)
    return {**headers, **{name: own.headers[name] for name in SIGNED if own.headers[name] is not None}}


json.dump([signed(request) for request in json.load(sys.stdin)], sys.stdout)
