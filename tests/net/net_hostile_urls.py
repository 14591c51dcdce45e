"""URLs by which people have tried to reach what is not public, and the names in them."""

from __future__ import annotations

import re

PUBLIC = "8.8.8.8"

_LINES = """\
http://127.0.0.1/
http://127.0.0.1:80/
http://127.0.0.1:443/
http://127.1/
http://127.0.1/
http://127.000.000.001/
http://0177.0.0.1/
http://0177.0.0.01/
http://00177.0.0.1/
http://0x7f.0.0.1/
http://0x7f.0x0.0x0.0x1/
http://0x7f000001/
http://0X7F000001/
http://2130706433/
http://017700000001/
http://0/
http://0.0.0.0/
http://00000/
http://0x0/
http://127.255.255.254/
http://10.0.0.1/
http://10.1/
http://167772161/
http://172.16.0.1/
http://172.31.255.254/
http://192.168.0.1/
http://192.168.257/
http://0xc0a80001/
http://169.254.169.254/latest/meta-data/
http://169.254.43518/
http://2852039166/
http://0xa9fea9fe/
http://0251.0376.0251.0376/
http://100.64.0.1/
http://100.100.100.200/
http://192.0.0.8/
http://192.0.2.1/
http://192.88.99.1/
http://198.18.0.1/
http://198.51.100.1/
http://203.0.113.1/
http://224.0.0.1/
http://239.255.255.250/
http://240.0.0.1/
http://255.255.255.255/
http://[::]/
http://[::1]/
http://[0:0:0:0:0:0:0:1]/
http://[0000:0000:0000:0000:0000:0000:0000:0001]/
http://[::127.0.0.1]/
http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/
http://[0:0:0:0:0:ffff:127.0.0.1]/
http://[::ffff:169.254.169.254]/
http://[::ffff:10.0.0.1]/
http://[::ffff:0:127.0.0.1]/
http://[64:ff9b::7f00:1]/
http://[64:ff9b::10.0.0.1]/
http://[64:ff9b:1::1]/
http://[100::1]/
http://[2001::1]/
http://[2001:db8::1]/
http://[2002:7f00:1::]/
http://[2002:a9fe:a9fe::1]/
http://[3fff::1]/
http://[fc00::1]/
http://[fd00:ec2::254]/
http://[fe80::1]/
http://[fe80::1%25lo]/
http://[fec0::1]/
http://[ff02::1]/
http://[::1%25lo]/
http://localhost/
http://LOCALHOST/
http://localhost:443/
http://localhost./
http://127.0.0.1./
http://internal.example/
http://INTERNAL.example/
http://internal.example./
http://six.example/
http://mixed.example/
http://mixed6.example/
http://metadata.example/computeMetadata/v1/
http://news.example:22/
http://news.example:25/
http://news.example:6379/
http://news.example:8080/
http://news.example:0/
http://news.example:65535/
http://8.8.8.8:53/
https://8.8.8.8:8443/
http://[2606:4700::1111]:9200/
http://user@news.example/
http://user:word@news.example/
http://:word@news.example/
http://news.example@127.0.0.1/
http://news.example:80@127.0.0.1/
http://127.0.0.1@news.example/
http://news.example\\@127.0.0.1/
http://127.0.0.1\\@news.example/
http://127.0.0.1%2f@news.example/
http://news.example%40127.0.0.1/
http://127.0.0.1%00.news.example/
http://127.0.0.1%09/
http://127.0.0.1\\news.example/
http://127。0。0。1/
http://127．0．0．1/
http://①②⑦.⓪.⓪.①/
http://１２７.0.0.1/
http://ⓛocalhost/
http://loc­alhost/
http:///127.0.0.1/
http:127.0.0.1/
http:/127.0.0.1/
http://
http://:80/
http://./
http://../
http://[/
http://[::1/
http://::1/
http://[127.0.0.1]/
http://[::ffff:127.0.0.1/
http://news.example:port/
http://news.example:99999/
http://news.example:-1/
http://-/
http://256.256.256.256/
http://1.2.3.4.5/
http://news..example/
//127.0.0.1/
127.0.0.1
localhost
/etc/hostname
ftp://127.0.0.1/
ftp://news.example/feed
file:///etc/hostname
file://news.example/etc/hostname
gopher://127.0.0.1:6379/_INFO
dict://127.0.0.1:11211/stats
data:text/plain,hello
javascript:alert(1)
jar:http://127.0.0.1!/
unix:///run/docker.sock
http+unix://%2Frun%2Fdocker.sock/info
ws://127.0.0.1/
mailto:someone@news.example
about:blank
http://news.example:3306/
http://news.example:443443/
http://[::2]/
http://0x7f.1/
http://0x7f.0.1/
http://127.0x0.1/
http://0177.1/
http://0X7F.0X00.0X1/
http://127.0.00000000001/
http://0300.0250.1/
http://192.0xa8.1.1/
http://3232235521/
http://0xffffffff/
http://4294967295/
http://4294967296/
http://4294967297/
http://18446744071562067969/
http://-2130706433/
http://1.1.1.256/
http://169.254.170.2/v2/credentials
http://169.254.169.253/
http://192.0.0.192/opc/v1/instance/
http://127.0.0.1.nip.example/
http://7f000001.nip.example/
http://metadata.google.internal/
http://instance-data/latest/
http://localhost.localdomain/
http://localhost6/
http://ip6-localhost/
http://app.localhost/
http://localtest.example/
http://wpad/
http://router.local/
http://multicast.example/
http://broadcast.example/
http://zero.example/
http://mapped.example/
http://nat64.example/
http://sixtofour.example/
http://teredo.example/
http://linklocal.example/
http://zone.example/
http://documentation.example/
http://127.0.0.1:0080/
http://127.0.0.1:80:80/
http://127.0.0.1:+80/
http://127.0.0.1:８０/
http://[::ffff:0:7f00:1]/
http://[64:ff9b::a9fe:a9fe]/
http://[64:ff9b:1:7f00:1::]/
http://[2001:0:7f00:1::1]/
http://[2001:0000:4136:e378:8000:63bf:3fff:fdd2]/
http://[2001:2::1]/
http://[2001:10::1]/
http://[2001:20::1]/
http://[5f00::1]/
http://[fe80::1%251]/
http://[fe80::1%lo]/
http://[::ffff:127.0.0.1%25lo]/
http://[fdff:ffff::1]/
http://[feba::1]/
http://[ff01::1]/
http://[ff0e::1]/
http://[::ffff:c0a8:1]/
http://[::ffff:100.64.0.1]/
http://[::FFFF:7F00:1]/
http://[::7f00:1]/
http://[0::1]/
http://[2002:0a00:1::]/
http://[2002:c0a8:101::1]/
http://[v1.127.0.0.1]/
http://[::1].news.example/
http://[::1]news.example/
http://[8.8.8.8]@127.0.0.1/
http://%31%32%37.0.0.1/
http://127%2e0%2e0%2e1/
http://127.0.0.%31/
http://loc%61lhost/
http://%6c%6f%63%61%6c%68%6f%73%74/
http://%00127.0.0.1/
http://127.0.0.1%23.news.example/
http://127.0.0.1%3f.news.example/
http:\\\\127.0.0.1\\
http:/\\127.0.0.1/
http://\\127.0.0.1/
http://⑯⑨。②⑤④。⑯⑨｡②⑤④/
http://١٢٧.0.0.1/
http://127．0.0.1/
http://ｌｏｃａｌｈｏｓｔ/
http://localhoſt/
http://[：：1]/
http://xn--/
https://127.0.0.1/
https://localhost/
https://[::1]/
https://2130706433/
HTTP://127.0.0.1/
hTTp://localhost/
ldap://127.0.0.1/
tftp://127.0.0.1/file
sftp://127.0.0.1/
feed://127.0.0.1/
feed:http://127.0.0.1/
view-source:http://127.0.0.1/
blob:http://127.0.0.1/x
netdoc:/etc/hostname
php://filter/resource=/etc/hostname
expect://id
http://[::1]:80:80/
"""
HOSTILE = [
    *_LINES.splitlines(),
    " http://127.0.0.1/",
    "http://127.0.0.1 /",
    "http:// 127.0.0.1/",
    "http://\t127.0.0.1/",
    "http://127.0.0.1\t/",
    "http://127.0.\t0.1/",
    "http://127.0.0.1\n/",
    "http://127.0.0.1\r\nHost: news.example/",
    "http://127.0.0.1\x00/",
    "http://127.0.0.1\x0b/",
    "ht\ttp://127.0.0.1/",
    "http:\n//127.0.0.1/",
    "http://local\u200bhost/",
    "http://127.0.0.1\u3002/",
    "http://127\u00ad.0.0.1/",
    "\ufeffhttp://127.0.0.1/",
]

TABLE = {
    "news.example": [[PUBLIC]],
    "internal.example": [["10.0.0.5"]],
    "internal.example.": [["10.0.0.5"]],
    "six.example": [["fd00::5"]],
    "mixed.example": [[PUBLIC, "192.168.0.9"]],
    "mixed6.example": [["2606:4700::1111", "::1"]],
    "metadata.example": [["169.254.169.254"]],
    "localhost.": [["127.0.0.1"]],
    "localhost.localdomain": [["127.0.0.1"]],
    "localhost6": [["::1"]],
    "ip6-localhost": [["::1"]],
    "app.localhost": [["127.0.0.1"]],
    "localtest.example": [["127.0.0.1"]],
    "127.0.0.1.nip.example": [["127.0.0.1"]],
    "7f000001.nip.example": [["127.0.0.1"]],
    "metadata.google.internal": [["169.254.169.254"]],
    "instance-data": [["169.254.169.254"]],
    "wpad": [["192.168.1.1"]],
    "router.local": [["192.168.1.1"]],
    "multicast.example": [["224.0.0.251"]],
    "broadcast.example": [["255.255.255.255"]],
    "zero.example": [["0.0.0.0"]],
    "mapped.example": [["::ffff:127.0.0.1"]],
    "nat64.example": [["64:ff9b::7f00:1"]],
    "sixtofour.example": [["2002:7f00:1::"]],
    "teredo.example": [["2001:0:7f00:1::1"]],
    "linklocal.example": [["fe80::1"]],
    "zone.example": [["fe80::1%lo"]],
    "documentation.example": [["203.0.113.7"]],
    "127.0.0.1.": [["127.0.0.1"]],
    "127.0.0.1": [["127.0.0.1"]],
    "ⓛocalhost": [["127.0.0.1"]],
    "empty.example": [[]],
    "odd.example": [["not an address"]],
}


def with_port(port: int) -> list[str]:
    """The forms whose host has no port yet, asked on ``port``."""
    plain = re.compile(r"(http://(?:\[[^\]@]*\]|[^\[\]:/@\\]+))(/.*|)")
    found = (plain.fullmatch(url) for url in HOSTILE)
    return [f"{match[1]}:{port}{match[2]}" for match in found if match]
