# What a shell asks of a kernel, by the distribution's bash.
echo "version ${BASH_VERSINFO[0]}"
for i in 1 2 3; do echo $((i * i)); done | sort -rn
cat << END
here $(echo inside)
END
[[ abc =~ b ]] && echo match
a=(1 2 3); echo "${#a[@]}"
(exit 3); echo $?
sh -c 'kill -TERM $$'; echo $?
trap 'echo a signal' USR1; kill -USR1 $$
coproc cat; echo there and back >&"${COPROC[1]}"
read -r -u "${COPROC[0]}" line; echo "$line"
kill "$COPROC_PID"; wait "$COPROC_PID" 2> /dev/null; echo $?
sleep 10 & kill %1; wait %1; echo $?
echo to a file > /tmp/bash-oracle-$$; cat < /tmp/bash-oracle-$$ >&2; rm /tmp/bash-oracle-$$
exec 5<> <(echo one); read -r -u 5 line; echo "$line"
set -o pipefail; true | false | true; echo $?
(ulimit -n 20; ulimit -n); ulimit -s
f() { local x=$1; [ "$x" -le 1 ] && echo 1 && return; echo $((x * $(f $((x - 1))))); }; f 5
TIMEFORMAT=timed; time true
wait; echo "${PIPESTATUS[@]}"
nosuchcommand; echo $?
/tmp; echo $?
trap 'echo the end' EXIT
