# The distribution's perl: hashes, processes, signals, files, sprintf.
use strict; use warnings; $| = 1;
my %h = map { $_ => $_ * 2 } 1 .. 5;
print join(",", map { "$_=$h{$_}" } sort keys %h), "\n";
print `echo from a shell`;
open(my $pipe, "|cat") or die; print $pipe "into a pipe\n"; close $pipe;
if (!fork) { exit 7 } wait; print $? >> 8, "\n";
$SIG{ALRM} = sub { print "alarm\n" }; alarm 1; my $slept = sleep 5; print $slept < 5 ? "woken\n" : "late\n";
printf "%.6f %s %05d\n", sin 1, "x" x 10, 42;
my $name = "/tmp/perl-oracle-$$";
open(my $file, ">", $name) or die; print $file "line $_\n" for 1 .. 3; close $file;
open($file, "<", $name) or die; my @lines = <$file>; print scalar @lines, " $lines[2]"; close $file;
print -s $name, "\n"; unlink $name; print -e $name ? "there\n" : "gone\n";
open($file, "<", "/no/such") or print "$!\n";
system "sh", "-c", "exit 3"; print $? >> 8, "\n"; kill 0, $$ and print "alive\n";
eval { die "thrown\n" }; print $@;
print join(" ", sort { $b <=> $a } 3, 1, 2), "\n", scalar reverse("abc"), "\n";
exit 5;
