"""The documents of a trace that a service keeps, by BatchGetTraces: `traces.py ENDPOINT REGION TRACE_ID`."""

import json
import sys

import botocore.session

endpoint, region, trace_id = sys.argv[1:]
session = botocore.session.Session()
session.set_credentials("AKID", "secret", "token")
client = session.create_client("xray", region_name=region, endpoint_url=endpoint)
answer = client.batch_get_traces(TraceIds=[trace_id])
json.dump([segment["Document"] for trace in answer["Traces"] for segment in trace["Segments"]], sys.stdout)
