using System.Diagnostics;
using LifelongApi.EndToEnd.Tests.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>What a person at the terminal sees.</summary>
public sealed class StartupTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lifelong-startup-").FullName;

    [Theory]
    [ClassData(typeof(EveryStore))]
    public async Task A_start_says_where_everything_is_and_warns_of_nothing(StoreKind kind)
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await ServerProcess.StartAsync(store);
        await server.Http.CreateClassifierAsync("market");
        await Eventually.Async("the message", () => Task.FromResult(server.Output.Contains("  API keys  ", StringComparison.Ordinal) ? server : null));

        Assert.Contains($"  Address   {server.Address.OriginalString}", server.Output, StringComparison.Ordinal);
        Assert.Contains($"  HTTP/2    {server.Http2Address.OriginalString}", server.Output, StringComparison.Ordinal);
        Assert.Contains($"  Swagger   {server.Address.OriginalString}/swagger", server.Output, StringComparison.Ordinal);
        Assert.Contains(kind == StoreKind.Sqlite ? "  Data      SQLite /" : "  Data      Postgres ", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("warn:", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Request starting", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_lands_in_the_current_directory()
    {
        await using var server = await ServerProcess.StartAsync("Data Source=data/lifelong.db", "--contentRoot", _folder);

        Assert.True(File.Exists(Path.Combine(_folder, "data", "lifelong.db")));
        Assert.Contains(Path.Combine(_folder, "data", "lifelong.db"), server.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("is reachable from other machines, and no API key is configured", "--urls", "http://0.0.0.0:0", "--ConnectionStrings:Lifelong", "Data Source=a.db")]
    [InlineData("names neither a SQLite file", "--ConnectionStrings:Lifelong", "Nonsense=1")]
    [InlineData("cannot be opened", "--ConnectionStrings:Lifelong", "Data Source=file.txt/a.db")]
    [InlineData("is not an address", "--urls", "nonsense")]
    public async Task A_refusal_to_start_is_one_line_that_says_what_to_change(string reason, params string[] arguments)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "file.txt"), "not a folder", TestContext.Current.CancellationToken);
        using var process = Process.Start(BuiltProgram.Api.StartInfo(_folder, arguments))!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, process.ExitCode);
        Assert.StartsWith("LifelongApi does not start: ", errors, StringComparison.Ordinal);
        Assert.Contains(reason, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Empty((await output).Trim());
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
