# Runs beside HAProxy for as long as it does. A request that waits on a host that has lost its power waits in vain, and no
# timeout can tell it from a slow one. So when a server has been down for longer than a connection may take to open, its
# requests are ended, and HAProxy repeats those that do no harm elsewhere. Not sooner, as `on-marked-down
# shutdown-sessions` would: that also ends requests whose connection is still being opened, which HAProxy does not repeat.
use strict;
use warnings;
use Socket;

my ($socket, $after) = @ARGV;

sub ask {
    my ($question) = @_;
    socket(my $peer, PF_UNIX, SOCK_STREAM, 0) or return undef;
    connect($peer, sockaddr_un($socket)) or return undef;
    syswrite($peer, "$question\n");
    my $answer = "";
    1 while sysread($peer, $answer, 65536, length $answer);
    return $answer;
}

$SIG{PIPE} = "IGNORE";
my ($begun, $silent) = (0, 0);
# An edge that is stopping closes its socket at once, and ends when its last child does.
while ($silent < 4) {
    select(undef, undef, undef, 0.5);
    # 4: servers only.
    my $answer = ask("show stat -1 4 -1");
    $begun = 1 if defined $answer;
    $silent = defined $answer || !$begun ? 0 : $silent + 1;
    my ($head, @lines) = split /\n/, $answer // "";
    next unless defined $head;
    $head =~ s/^# //;
    my @columns = split /,/, $head;
    for my $line (@lines) {
        next unless $line =~ /,DOWN/;
        my %row;
        @row{@columns} = split /,/, $line, -1;
        next unless ($row{status} // "") =~ /^DOWN/ && ($row{scur} || 0) > 0 && ($row{lastchg} || 0) >= $after;
        # The host answers: it has power, and ends by itself what is over. A gateway that leaves finishes what it has.
        next if ($row{check_status} // "") =~ /L7STS/ || ($row{last_chk} // "") =~ /refused/;
        ask("shutdown sessions server $row{pxname}/$row{svname}");
    }
}
