using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LifelongApi.EndToEnd.Tests.Harness;

/// <summary>The real service in a process of its own, which can be killed and started again on the same store and ports.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int StartAttempts = 3;
    private readonly BuiltProgram _program;
    private readonly string _connectionString;
    private readonly string[] _options;
    private readonly string _folder = Directory.CreateTempSubdirectory("lifelong-server-").FullName;
    private readonly StringBuilder _output = new();
    private Process? _process;
    private int _port;
    private int _http2Port;
    private LifelongHttp? _http;

    private ServerProcess(BuiltProgram program, string connectionString, string[] options)
    {
        _program = program;
        _connectionString = connectionString;
        _options = options;
    }

    /// <summary>Where it speaks HTTP/1.1.</summary>
    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"));

    /// <summary>Where it speaks cleartext HTTP/2.</summary>
    public Uri Http2Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_http2Port}"));

    /// <summary>Typed calls, without an API key.</summary>
    public LifelongHttp Http => _http ?? throw new InvalidOperationException("The server was not started.");

    /// <summary>Everything it printed so far, all of its lives.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <param name="store">The store to work on; not disposed with the server.</param>
    /// <param name="options">More of its command line.</param>
    /// <returns>The server.</returns>
    public static Task<ServerProcess> StartAsync(TestStore store, params string[] options) => StartAsync(store.ConnectionString, options);

    /// <summary>As the other, for a connection string.</summary>
    public static Task<ServerProcess> StartAsync(string connectionString, params string[] options) => StartAsync(BuiltProgram.Api, connectionString, options);

    /// <summary>As the other, for a service that lies somewhere else.</summary>
    public static async Task<ServerProcess> StartAsync(BuiltProgram program, string connectionString, params string[] options)
    {
        var server = new ServerProcess(program, connectionString, options);
        try
        {
            await server.LaunchAsync(newPorts: true);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        if (_process is { HasExited: false } process)
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Kills it where it still runs, and starts it again on the same store and ports.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        await LaunchAsync(newPorts: false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Shown with a test that failed only.
        TestContext.Current.TestOutputHelper?.WriteLine($"{Address} printed:\n{Output}");
        if (_process is { } process)
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }

            process.Dispose();
        }

        _http?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task LaunchAsync(bool newPorts)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (newPorts)
            {
                (_port, _http2Port) = FreePorts();
            }

            _process?.Dispose();
            _process = Launch();
            _http ??= new LifelongHttp(() => Address);
            if (await Eventually.Async($"readiness of the server. It printed:\n{Output}", AskAsync) == Answer.Ready)
            {
                return;
            }

            // Somebody else took the port between the moment it was found free and the moment the server listened.
            if (!newPorts || attempt == StartAttempts || !Output.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
            {
                throw new InvalidOperationException($"The server ended with code {_process.ExitCode} before it was ready. It printed:\n{Output}");
            }
        }
    }

    private async Task<Answer?> AskAsync()
    {
        if (_process!.HasExited)
        {
            await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return Answer.Exited;
        }

        try
        {
            using var response = await Http.SendAsync(HttpMethod.Get, "/readyz");
            return response.StatusCode == HttpStatusCode.OK ? Answer.Ready : null;
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return null;
        }
    }

    private Process Launch()
    {
        string[] arguments =
        [
            "--contentRoot", _program.Folder,
            "--urls", Address.ToString(),
            "--Lifelong:Http2Port", _http2Port.ToString(CultureInfo.InvariantCulture),
            "--ConnectionStrings:Lifelong", _connectionString,
            .. _options,
        ];
        var process = new Process { StartInfo = _program.StartInfo(_folder, arguments) };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }
    }

    private static (int First, int Second) FreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }

    private sealed class Answer
    {
        public static readonly Answer Ready = new();
        public static readonly Answer Exited = new();
    }
}
