# Runs inside the edge's container for as long as a rollout talks to it, and ends with its standard input. It takes
# requests "<operation> <length>\n<body>" and answers each with "<ok|failed> <length>\n<body>". Several files in one body
# are "<name> <length>\n<content>", one after the other. Perl's base modules only.
use strict;
use warnings;
use Fcntl ':flock';
use IO::Handle;
use Socket;

my ($stats_socket, $master_socket, $state, $run, $base) = @ARGV;

# Who is in the middle of what: locks that last as long as this program, or until it lets go.
#   reload  shared by rollouts while they have servers that only the running edge knows; alone for a reload
#   files   alone for a change of the committed set
# Nobody waits for the reload lock while it holds the files lock, and nobody waits inside here at all: a lock that is
# taken is reported as busy. So there is no deadlock, and a caller that is gone is noticed.
#   rollout-<service>  alone for the whole of a rollout
my %lock_files = (reload => "$run/reload.lock", files => "$state/files.lock");
my %held;

sub lock_file {
    my ($name) = @_;
    return $lock_files{$name} // ($name =~ /^rollout-[a-z0-9-]+$/ ? "$state/$name.lock" : die "no lock $name\n");
}

sub converse {
    my ($path, $text) = @_;
    socket(my $peer, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
    connect($peer, sockaddr_un($path)) or die "$path: $!\n";
    my $line = "$text\n";
    while (length $line) {
        my $sent = syswrite($peer, $line) // die "$path: $!\n";
        substr($line, 0, $sent, '');
    }
    shutdown($peer, 1);
    my $answer = '';
    1 while sysread($peer, $answer, 65536, length $answer);
    return $answer;
}

sub take {
    my ($name, $how) = split / /, $_[0];
    my $path = lock_file($name);
    my $file = $held{$name};
    $file or open($file, '>>', $path) or die "$path: $!\n";
    flock($file, ($how eq 'shared' ? LOCK_SH : LOCK_EX) | LOCK_NB) or return 'busy';
    $held{$name} = $file;
    return 'held';
}

sub let_go {
    delete $held{$_[0]};
    return '';
}

# What a rollout says of itself, for those who watch. Put in its place with one rename: nobody reads half of it.
sub note {
    my ($service, $text) = $_[0] =~ /^([a-z0-9-]+)\n(.*)\z/s or die "not a note\n";
    open(my $file, '>', "$run/rollout-$service.new") or die "$run: $!\n";
    print $file $text or die "$run: $!\n";
    close($file) or die "$run: $!\n";
    rename("$run/rollout-$service.new", "$run/rollout-$service.json") or die "$run: $!\n";
    return '';
}

# The note of a service's last rollout, after a line that says whether a rollout of it runs: whether somebody holds its
# lock. The kernel's own list of locks tells, so that nobody who only watches is ever in the way of somebody who acts.
sub watch {
    my ($service) = $_[0] =~ /^([a-z0-9-]+)$/ or die "not a service\n";
    my $inode = (stat lock_file("rollout-$service"))[1];
    my $runs = defined $inode && slurp('/proc/locks') =~ /FLOCK .* [0-9a-f]+:[0-9a-f]+:$inode /;
    my $note = -e "$run/rollout-$service.json" ? slurp("$run/rollout-$service.json") : '';
    return ($runs ? 'running' : 'idle') . "\n$note";
}

sub slurp {
    my ($path) = @_;
    open(my $file, '<', $path) or die "$path: $!\n";
    local $/;
    return <$file> // '';
}

sub spew {
    my ($path, $text) = @_;
    open(my $file, '>', $path) or die "$path: $!\n";
    print $file $text or die "$path: $!\n";
    $file->flush && $file->sync or die "$path: $!\n";
    close($file) or die "$path: $!\n";
}

sub names_in {
    my ($directory) = @_;
    opendir(my $entries, $directory) or return ();
    return grep { !/^\./ } sort readdir $entries;
}

sub remove {
    my ($directory) = @_;
    unlink "$directory/$_" for names_in($directory);
    rmdir $directory;
}

sub read_set {
    my $set = readlink("$state/current") or die "$state/current: $!\n";
    return join '', map { my $text = slurp("$state/$set/$_"); "$_ " . length($text) . "\n$text" } names_in("$state/$set");
}

# Makes a new set beside the present one, asks HAProxy whether it would start with it, and puts it in its place with one
# rename. The one before is kept: an edge that starts in this very moment may be reading it.
sub install_set {
    my ($body) = @_;
    my $present = readlink("$state/current") or die "$state/current: $!\n";
    my ($number) = $present =~ m{^sets/(\d+)$} or die "$state/current leads to $present\n";
    my $next = 'sets/' . ($number + 1);
    remove("$state/$next");
    mkdir "$state/$next" or die "$state/$next: $!\n";
    while ($body =~ /\G(\w[\w.-]*) (\d+)\n/gc) {
        my ($name, $length) = ($1, $2);
        # A set that has arrived in part must not pass for a whole one.
        pos($body) + $length <= length $body or die "not a set of files\n";
        spew("$state/$next/$name", substr($body, pos $body, $length));
        pos($body) += $length;
    }
    (pos $body // 0) == length $body or die "not a set of files\n";
    my $said = check("$state/$next");
    if ($?) { remove("$state/$next"); die $said; }
    unlink "$state/current.new";
    symlink($next, "$state/current.new") or die "$state/current.new: $!\n";
    rename("$state/current.new", "$state/current") or die "$state/current: $!\n";
    "sets/$_" ne $next && "sets/$_" ne $present && remove("$state/sets/$_") for names_in("$state/sets");
    return '';
}

sub check {
    my ($set) = @_;
    my $pid = open(my $output, '-|') // die "fork: $!\n";
    if (!$pid) {
        open(STDERR, '>&', \*STDOUT);
        open(STDIN, '<', '/dev/null');
        exec 'haproxy', '-c', '-C', $set, '-f', $base, '-f', $set or die "haproxy: $!\n";
    }
    my $said = do { local $/; <$output> // '' };
    close($output);
    return $said;
}

my %operations = (
    stats   => sub { converse($stats_socket, $_[0]) },
    master  => sub { converse($master_socket, $_[0]) },
    lock    => \&take,
    unlock  => \&let_go,
    read    => \&read_set,
    install => \&install_set,
    note    => \&note,
    watch   => \&watch,
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
