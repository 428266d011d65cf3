"""Signature Version 4 from AWS's description, with Python's digests: what the tests sign with."""
import datetime
import hashlib
import hmac
import urllib.parse


def digest(data):
    return hashlib.sha256(data).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256)


def signing_key(secret, date, region, service):
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, "aws4_request"):
        key = mac(key, part).digest()
    return key


def now(offset_s=0):
    return (datetime.datetime.now(datetime.timezone.utc)
            + datetime.timedelta(seconds=offset_s)).strftime("%Y%m%dT%H%M%SZ")


def encode(text, safe="-_.~"):
    return urllib.parse.quote(text, safe=safe)


def canonical_query(params):
    return "&".join(f"{k}={v}" for k, v in sorted((encode(k), encode(v)) for k, v in params))


def signature(secret, amz_date, region, service, canonical):
    scope = f"{amz_date[:8]}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{amz_date}\n{scope}\n{digest(canonical.encode())}"
    return mac(signing_key(secret, amz_date[:8], region, service), text).hexdigest()


def header_signed(key_id, secret, method, host, path, service, body=b"", amz_date=None, region="eu-west-1"):
    """The headers of a request with the path as sent; services other than s3 encode it twice."""
    amz_date = amz_date or now()
    headers = {"host": host, "x-amz-date": amz_date}
    names = ";".join(sorted(headers))
    canonical = "\n".join([method, path if service == "s3" else encode(path, "/-_.~"), "",
                           *(f"{n}:{headers[n]}" for n in sorted(headers)), "", names, digest(body)])
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key_id}/{amz_date[:8]}/{region}/{service}/aws4_request, "
        f"SignedHeaders={names}, Signature={signature(secret, amz_date, region, service, canonical)}")
    return headers


def presigned(key_id, secret, method, host, path, service="s3", expires=300, amz_date=None,
              region="eu-west-1"):
    amz_date = amz_date or now()
    params = [("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
              ("X-Amz-Credential", f"{key_id}/{amz_date[:8]}/{region}/{service}/aws4_request"),
              ("X-Amz-Date", amz_date), ("X-Amz-Expires", str(expires)),
              ("X-Amz-SignedHeaders", "host")]
    canonical = "\n".join([method, path, canonical_query(params), f"host:{host}", "", "host",
                           "UNSIGNED-PAYLOAD"])
    params.append(("X-Amz-Signature", signature(secret, amz_date, region, service, canonical)))
    return f"http://{host}{path}?" + "&".join(f"{k}={encode(v)}" for k, v in params)
