using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace LifelongApi.Testing;

/// <summary>A private cluster in a folder of its own, deleted when the process ends.</summary>
internal sealed class PostgresCluster
{
    private const int Attempts = 5;
    private readonly PostgresBinaries _binaries;
    private readonly string _root;
    private readonly bool _isDurable;
    private int _port;

    private PostgresCluster(PostgresBinaries binaries, string root, bool isDurable)
    {
        _binaries = binaries;
        _root = root;
        _isDurable = isDurable;
    }

    /// <summary>An administrator's connection string.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = _port,
        Username = "postgres",
        Database = "postgres",
    }.ConnectionString;

    private string Data => Path.Combine(_root, "data");

    private string Log => Path.Combine(_root, "log");

    /// <summary>Makes and starts one.</summary>
    /// <param name="binaries">What runs it.</param>
    /// <param name="isDurable">Whether a commit is on the disk when it is acknowledged, as by default in earnest.</param>
    public static async Task<PostgresCluster> CreateAsync(PostgresBinaries binaries, bool isDurable = false)
    {
        // Short, because the path of a Unix socket has at most 107 bytes.
        var root = Directory.CreateTempSubdirectory("llpg").FullName;
        var cluster = new PostgresCluster(binaries, root, isDurable);
        if (Environment.IsPrivilegedProcess)
        {
            await Shell.RunAsync("/bin/chown", ["postgres:postgres", root]);
        }

        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster.Delete();
        await RunAsync(binaries.InitDb, ["--no-sync", "-D", cluster.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]);
        await cluster.StartOnFreePortAsync();
        return cluster;
    }

    /// <summary>Starts it on its port.</summary>
    public Task StartAsync()
    {
        // Durability is not what tests are for; everything else is as in earnest.
        var durability = _isDurable ? string.Empty : " -c fsync=off -c full_page_writes=off -c shared_buffers=64MB";
        var options = FormattableString.Invariant($"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_root} -c max_connections=300{durability}");
        return RunAsync(_binaries.PgCtl, ["-w", "-D", Data, "-l", Log, "-o", options, "start"]);
    }

    /// <summary>Stops it at once; connections break.</summary>
    public Task StopAsync() => RunAsync(_binaries.PgCtl, ["-w", "-D", Data, "-m", "immediate", "stop"]);

    private async Task StartOnFreePortAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            _port = FreePort();
            try
            {
                await StartAsync();
                return;
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // Another process may have taken the port since it was found free: take another.
                continue;
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Task RunAsync(string program, string[] arguments)
    {
        var (outer, all) = AsPostgres(program, arguments);
        return Shell.RunAsync(outer, all);
    }

    private void Delete()
    {
        if (File.Exists(Path.Combine(Data, "postmaster.pid")))
        {
            var (outer, all) = AsPostgres(_binaries.PgCtl, ["-w", "-D", Data, "-m", "immediate", "stop"]);
            Shell.RunAtExit(outer, all);
        }

        Directory.Delete(_root, recursive: true);
    }

    // The server refuses to run as root.
    private static (string Program, string[] Arguments) AsPostgres(string program, string[] arguments)
        => Environment.IsPrivilegedProcess
            ? ("/usr/bin/setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", program, .. arguments])
            : (program, arguments);
}
