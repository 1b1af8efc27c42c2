# Runs inside the edge's container for as long as a rollout talks to it, and ends with its standard input. It takes
# requests "<operation> <length>\n<body>" and answers each with "<ok|failed> <length>\n<body>".
use strict;
use warnings;
use Fcntl ':flock';
use Socket;

my ($stats_socket, $master_socket, $state, $run) = @ARGV;
my $reload_lock;

sub converse {
    my ($path, $text) = @_;
    socket(my $peer, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
    connect($peer, sockaddr_un($path)) or die "$path: $!\n";
    my $line = "$text\n";
    while (length $line) {
        my $sent = syswrite($peer, $line) // die "$path: $!\n";
        substr($line, 0, $sent, '');
    }
    my $answer = '';
    1 while sysread($peer, $answer, 65536, length $answer);
    return $answer;
}

sub slurp {
    my ($path) = @_;
    open(my $file, '<', $path) or return '';
    local $/;
    return <$file> // '';
}

sub spew {
    my ($path, $text) = @_;
    open(my $file, '>', $path) or die "$path: $!\n";
    print $file $text or die "$path: $!\n";
    close($file) or die "$path: $!\n";
}

# Rollouts share the reload lock while they have servers that only the running edge knows; a reload needs it alone.
sub lock_reloads {
    my ($how) = @_;
    close($reload_lock) if $reload_lock;
    undef $reload_lock;
    return '' if $how eq 'none';
    open($reload_lock, '>>', "$run/reload.lock") or die "$run/reload.lock: $!\n";
    flock($reload_lock, $how eq 'shared' ? LOCK_SH : LOCK_EX) or die "flock: $!\n";
    return '';
}

# Runs a shell script with the files of the state directory to itself. Short, and never while waiting for another lock.
sub shell {
    my ($script) = @_;
    open(my $lock, '>>', "$state/.lock") or die "$state/.lock: $!\n";
    flock($lock, LOCK_EX) or die "flock: $!\n";
    open(my $output, '-|', 'sh', '-c', "exec 2>&1\ncd '$state' || exit 1\n$script") or die "sh: $!\n";
    my $text = do { local $/; <$output> // '' };
    close($output) or die $text || "sh: status $?\n";
    return $text;
}

my %operations = (
    stats  => sub { converse($stats_socket, $_[0]) },
    master => sub { converse($master_socket, $_[0]) },
    lock   => \&lock_reloads,
    read   => sub { slurp("$state/$_[0]") },
    write  => sub { my ($name, $text) = split(/\n/, $_[0], 2); spew("$state/$name", $text); '' },
    shell  => \&shell,
);

$SIG{PIPE} = 'IGNORE';
$| = 1;
binmode(STDIN);
binmode(STDOUT);
while (defined(my $head = <STDIN>)) {
    my ($operation, $length) = $head =~ /^(\w+) (\d+)$/ or exit 1;
    my $body = '';
    if ($length > 0) { (read(STDIN, $body, $length) // 0) == $length or exit 1; }
    my $answer = eval { $operations{$operation}->($body) };
    my $verdict = defined $answer ? 'ok' : 'failed';
    $answer = $@ unless defined $answer;
    printf "%s %d\n%s", $verdict, length $answer, $answer;
}
