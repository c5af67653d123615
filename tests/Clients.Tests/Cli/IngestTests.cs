using System.Text;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Clients.Tests.Cli;

public sealed class IngestTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_is_learned_in_order_and_a_second_run_knows_every_row()
    {
        await using var service = await StubService.StartAsync();
        var csv = Csv(3_000);

        var first = await IngestAsync(service, csv, "--preset", "classifier");
        var again = await IngestAsync(service, csv);

        Assert.Equal(0, first.ExitCode);
        Assert.Equal("classifier", (string)service.Model!["preset"]!);
        Assert.Equal("named", (string)service.Model["input"]!["kind"]!);
        Assert.Equal((3_000, 3_000, 0, 0), Counts(first));
        Assert.Equal((3_000, 0, 3_000, 0), Counts(again));
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(Enumerable.Range(0, 3_000), service.Events.Select(row => (int)row["features"]!["x"]!));

        // The stub predicts the label before, which is right for two rows of three.
        Assert.Equal(2 / 3.0, (double)first.Json["accuracy"]!, 1e-9);
        Assert.Equal((double)first.Json["accuracy"]!, (double)again.Json["accuracy"]!);
        Assert.Single(first.Output.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--label", "class", null)]
    [InlineData("--target", "x", "value")]
    public async Task A_compact_model_is_created_for_labels_or_for_numbers_by_what_the_file_has(string role, string column, string? kind)
    {
        await using var service = await StubService.StartAsync();

        await CommandProcess.RunAsync(service.Http1, ["ingest", "--model", "m", "--csv", Csv(30), role, column, "--preset", "compact"]);

        Assert.Equal("compact", (string)service.Model!["preset"]!);
        Assert.Equal(kind, (string?)service.Model["target"]?["kind"]);
    }

    [Fact]
    public async Task An_interrupted_run_is_resumed_by_the_same_command()
    {
        await using var service = await StubService.StartAsync();
        service.Model = [];
        service.OnLearn = (request, context) =>
        {
            if (request > 1)
            {
                context.Abort();
            }

            return Task.FromResult(request > 1);
        };
        var csv = Csv(3_000);

        var broken = await IngestAsync(service, csv, "--retry-seconds", "0");
        service.OnLearn = (_, _) => Task.FromResult(false);
        var known = service.Learned.Count;
        var resumed = await IngestAsync(service, csv);

        Assert.Equal(1, broken.ExitCode);
        Assert.Contains("run the same command again", broken.Error, StringComparison.Ordinal);
        Assert.InRange(known, 1, 2_999);
        Assert.Equal(known, (int)broken.Json["learned"]!);
        Assert.Equal((3_000, 3_000 - known, known, 0), Counts(resumed));
        Assert.Equal(3_000, service.Learned.Distinct().Count());
    }

    [Fact]
    public async Task Rows_that_fail_are_counted_and_told_and_the_rest_is_learned()
    {
        await using var service = await StubService.StartAsync();
        service.Model = [];
        var ndjson = _folder.Write("a.ndjson", """
            {"features":{"x":1},"label":"a"}
            {"features":5,"label":"a"}
            nonsense
            {"features":{"x":2},"label":"a","eventId":"mine"}
            """);

        var run = await CommandProcess.RunAsync(service.Http1, "ingest", "--model", "m", "--ndjson", ndjson, "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal((4, 2, 0, 2), Counts(run));
        Assert.Contains("row 2: features: features must be", run.Error, StringComparison.Ordinal);
        Assert.Contains("row 3: cannot be read", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", run.Error, StringComparison.Ordinal);
        Assert.Equal("mine", service.Learned[^1]);
    }

    [Fact]
    public async Task Skip_and_limit_keep_the_ids_of_the_rows()
    {
        await using var service = await StubService.StartAsync();
        service.Model = [];
        var csv = Csv(30);

        await IngestAsync(service, csv, "--skip", "10", "--limit", "5");
        var all = await IngestAsync(service, csv);

        Assert.Equal(10, (int)service.Events[0]["features"]!["x"]!);
        Assert.Equal((30, 25, 5, 0), Counts(all));
    }

    [Fact]
    public async Task The_duplex_stream_learns_the_same_rows_under_the_same_ids()
    {
        await using var service = await StubService.StartAsync();
        service.Model = [];
        service.CutAfter = connection => connection == 1 ? 700 : null;
        var csv = Csv(3_000);

        var streamed = await IngestAsync(service, csv, "--http2-url", service.Http2.AbsoluteUri);
        var again = await IngestAsync(service, csv);

        Assert.Equal(0, streamed.ExitCode);
        Assert.Equal(2, service.StreamRequests);
        Assert.Equal(3_000, service.Learned.Count);
        Assert.Equal((3_000, 0, 3_000, 0), Counts(again));
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_explained()
    {
        await using var service = await StubService.StartAsync();

        var run = await IngestAsync(service, Csv(3));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--preset", run.Error, StringComparison.Ordinal);
        Assert.Empty(service.Learned);
    }

    [Fact]
    public async Task A_file_that_fits_nowhere_is_given_up_soon()
    {
        await using var service = await StubService.StartAsync();
        service.Model = [];
        service.OnLearn = async (_, context) =>
        {
            await StubService.ProblemAsync(context, 400, ProblemTypes.InvalidRequest, "features must be 784 numbers.");
            return true;
        };

        var run = await IngestAsync(service, Csv(5_000));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("784 numbers", run.Error, StringComparison.Ordinal);
        Assert.InRange((int)run.Json["errors"]!, 100, 4_999);
    }

    [Fact]
    public async Task A_row_about_which_the_model_had_nothing_to_say_counts_as_wrong()
    {
        await using var service = await StubService.StartAsync();
        service.Model = [];
        var csv = _folder.Write("same.csv", "x,class\n1,up\n2,up\n3,up\n4,up\n");

        var first = await IngestAsync(service, csv);
        var again = await IngestAsync(service, csv);

        Assert.Equal(0.75, (double)first.Json["accuracy"]!, 1e-12);
        Assert.Equal(0.75, (double)again.Json["accuracy"]!, 1e-12);
    }

    [Fact]
    public async Task The_address_may_be_that_of_cleartext_http_2()
    {
        await using var service = await StubService.StartAsync();
        service.Model = [];

        var run = await CommandProcess.RunAsync(service.Http2, "ingest", "--model", "m", "--csv", Csv(30), "--label", "class", "--json");

        Assert.Equal((30, 30, 0, 0), Counts(run));
    }

    [Fact]
    public async Task A_table_in_a_pipe_has_a_line_per_row_and_no_empty_column()
    {
        await using var service = await StubService.StartAsync();

        var run = await CommandProcess.RunAsync(service.Http1, "models");

        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = Assert.Single(lines, line => line.StartsWith("a-model-with-a-name-of-some-length ", StringComparison.Ordinal));
        Assert.Contains("classifier@1", line, StringComparison.Ordinal);
        Assert.Contains(" leader ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limited_run_ends_at_a_hundred_percent()
    {
        await using var service = await StubService.StartAsync();
        service.Model = [];

        var run = await CommandProcess.RunAsync(service.Http1, "ingest", "--model", "m", "--csv", Csv(3_000), "--label", "class", "--limit", "30");

        Assert.Contains("100 %", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_lines_are_printed_where_the_output_is_no_terminal()
    {
        await using var service = await StubService.StartAsync();
        service.Model = [];

        var run = await CommandProcess.RunAsync(service.Http1, "ingest", "--model", "m", "--csv", Csv(30), "--label", "class");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("30 rows: 30 learned", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
    }

    [Fact]
    public async Task Evaluate_compares_predictions_and_learns_nothing()
    {
        await using var service = await StubService.StartAsync();
        service.Model = [];
        var text = new StringBuilder("x,class\n");
        for (var i = 0; i < 2_500; i++)
        {
            text.Append(i % 2 == 0 ? "1," : "-1,").Append(i % 5 == 0 ? "up\n" : "down\n");
        }

        var run = await CommandProcess.RunAsync(service.Http1, "evaluate", "--model", "m", "--csv", _folder.Write("e.csv", text.ToString()), "--label", "class", "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(2_500, (int)run.Json["rows"]!);
        Assert.Equal(250, (int)run.Json["confusion"]!["up"]!["up"]!);
        Assert.Equal(1_000, (int)run.Json["confusion"]!["down"]!["up"]!);
        Assert.Equal(0.5, (double)run.Json["accuracy"]!, 1e-9);
        Assert.Equal(250 / 1250d, (double)run.Json["classes"]!["up"]!["precision"]!, 1e-9);
        Assert.Equal(250 / 500d, (double)run.Json["classes"]!["up"]!["recall"]!, 1e-9);
        Assert.Equal((0.2 + 0.8) / 2, (double)run.Json["quality"]!["precision"]!, 1e-9);
        Assert.Empty(service.Learned);
    }

    private static Task<CommandProcess> IngestAsync(StubService service, string csv, params string[] options) =>
        CommandProcess.RunAsync(service.Http1, ["ingest", "--model", "m", "--csv", csv, "--label", "class", "--json", .. options]);

    private static (int Rows, int Learned, int Duplicates, int Errors) Counts(CommandProcess run) =>
        ((int)run.Json["rows"]!, (int)run.Json["learned"]!, (int)run.Json["duplicates"]!, (int)run.Json["errors"]!);

    private string Csv(int rows)
    {
        var text = new StringBuilder("x,class\n");
        for (var i = 0; i < rows; i++)
        {
            text.Append(i).Append(',').Append((i / 3) % 2 == 0 ? "up\n" : "down\n");
        }

        return _folder.Write("rows.csv", text.ToString());
    }
}
