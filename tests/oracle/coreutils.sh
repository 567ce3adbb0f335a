# The distribution's coreutils, by bash: what they print is the same on Linux.
cd "$(mktemp -d)"
seq 1 1000 | sort -rn | head -3
seq 1 100 | wc
date -u -d @0 +%Y-%m-%dT%H:%M:%S
echo hello > a; cp a b; mv b c; cat c; ls -la c | cut -c1-10; rm a; ls
dd if=/dev/zero of=z bs=1k count=64 2> /dev/null; stat -c '%s %F %a' z
tr a-z A-Z <<< upper
head -c 5 /dev/zero | od -An -tx1
mkdir -p d/e/f; touch d/e/f/g; find d | sort
rmdir d/e/f; echo "rmdir $?"; rm -r d
ln -s c link; readlink link; ln c hard; stat -c %h c
sha256sum c; md5sum c; base64 c
printf '%05d %x\n' 42 255; expr 6 \* 7; test -f c && echo yes
sleep 0.05; timeout 0.2 sleep 5; echo "timeout $?"
nice -n 5 nice; [ "$(id -u)" -ge 0 ]; echo "id $?"; uname -s
basename /a/b/c; dirname /a/b/c; env -i FOO=bar "$(command -v env)"
tee t <<< x; paste -d, c t; cut -c2 c
uniq -c <(printf 'a\na\nb\n'); comm <(printf '1\n2\n') <(printf '2\n3\n')
split -l 100 <(seq 300) part; ls part*
chmod 600 c; stat -c %a c; df . > /dev/null && echo df; du -s . > /dev/null && echo du
tac <(seq 3); nl <(seq 2); shuf -i 1-3 | sort; tail -n2 <(seq 9)
kill -l 9; factor 360; truncate -s 10 tr; stat -c %s tr; yes | head -2
install -m 755 c inst; stat -c %a inst; join <(echo 1 a) <(echo 1 b)
fold -w 3 <<< abcdef; numfmt --to=iec 2048; tsort <<< 'a b'; true; false || echo false
cat none; echo "cat $?"; ls none; mkdir c; cp none x; mv none x; rm none
rm -rf "$PWD"
