using System.CommandLine;
using System.Globalization;
using System.Net;
using LifelongApi.Cli.Ingest;
using LifelongApi.Cli.Output;
using LifelongApi.Cli.Rows;
using LifelongApi.Client;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong ingest</c>: streams a file into a model; running it again resumes.</summary>
internal static class IngestCommand
{
    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Option<string>("--model", "-m") { Description = "The model", Required = true };
        var preset = new Option<string?>("--preset") { Description = "Create the model with this preset if it does not exist (classifier, regressor, compact, …)" };
        var input = new Option<string?>("--input") { Description = "Its input where it is created: vector:N, image:HxW[xC], sparse:N, named [default: from the file]" };
        var retry = new Option<double>("--retry-seconds") { Description = "How long to wait for a service that is away or busy", DefaultValueFactory = _ => 30 };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on the last line and nothing else" };
        var files = new RowOptions();
        var command = new Command("ingest", "Learn a file row by row: CSV, NDJSON or IDX images. Event ids follow from file and row, so running it again resumes.")
        {
            model, preset, input, retry, json,
        };
        files.AddTo(command);
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse, TimeSpan.FromSeconds(Math.Max(0, parse.GetValue(retry))));
            var name = parse.GetRequiredValue(model);
            var quiet = parse.GetValue(json);
            await using var rows = await files.OpenAsync(parse, cancellationToken);
            await rows.SkipAsync(files.Skip(parse), cancellationToken);
            var any = files.Limit(parse) > 0 && await rows.ReadAsync(cancellationToken);
            var info = await FindOrCreateAsync(client, name, parse.GetValue(preset), parse.GetValue(input), any ? rows : null, cancellationToken);
            RowOptions.Fit(rows, info);

            var identity = await RowIdentity.OfAsync(files.Paths(parse), cancellationToken);
            var tally = new IngestTally(TimeProvider.System);
            var run = new IngestRun(client, name, rows, identity, tally);
            Exception? failure = null;
            try
            {
                if (any)
                {
                    await ProgressDisplay.RunAsync(name, quiet, tally.Progress, () => run.RunAsync(firstIsRead: true, files.Limit(parse), cancellationToken));
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException || CommandActions.Explain(exception) is not null)
            {
                failure = exception;
            }

            return await ConcludeAsync(tally, failure, quiet);
        });
        return command;
    }

    private static async Task<ModelInfo> FindOrCreateAsync(LifelongClient client, string model, string? preset, string? input, RowReader? rows, CancellationToken cancellationToken)
    {
        ModelInfo info;
        try
        {
            info = await client.GetModelAsync(model, cancellationToken);
        }
        catch (LifelongException missing) when (missing.StatusCode == HttpStatusCode.NotFound)
        {
            if (preset is null)
            {
                throw new CliException($"There is no model '{model}'. Give --preset classifier or --preset regressor to create it.");
            }

            var spec = input is not null ? InputText.Parse(input) : rows?.GuessInput();
            return await client.CreateModelAsync(model, new CreateModelRequest { Preset = preset, Input = spec, Target = TargetOf(preset, rows) }, cancellationToken);
        }

        if (preset is not null && info.Preset is { } present && present != preset && present.Split('@')[0] != preset)
        {
            await Console.Error.WriteLineAsync($"lifelong: '{model}' exists with preset {present}; --preset {preset} is not used.");
        }

        return info;
    }

    /// <summary>As many numbers as the first row has; null where the preset's own target does. Preset 'compact' predicts labels unless it is told that there are numbers.</summary>
    private static TargetSpec? TargetOf(string preset, RowReader? rows) =>
        rows?.Target is { Count: > 0 } numbers && (numbers.Count > 1 || preset.Split('@')[0] == "compact") ? new TargetSpec { Kind = TargetKind.Value, Size = numbers.Count } : null;

    // Done only where every row is acknowledged: anything less has an exit code that says so.
    private static async Task<int> ConcludeAsync(IngestTally tally, Exception? failure, bool json)
    {
        foreach (var message in tally.Messages)
        {
            await Console.Error.WriteLineAsync($"lifelong: {message}");
        }

        if (failure is not null)
        {
            var reason = failure is OperationCanceledException ? "Interrupted." : CommandActions.Explain(failure);
            await Console.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"lifelong: {reason} {tally.Acknowledged} rows were acknowledged; run the same command again to go on."));
        }

        var report = tally.Report();
        if (json)
        {
            await JsonOutput.WriteAsync(report);
        }
        else
        {
            await Console.Out.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Rows} rows: {report.Learned} learned, {report.Observed} observed, {report.Skipped} skipped, {report.Duplicates} known, {report.Errors} errors; {report.Seconds:F1} s"));
            if (report.Accuracy is { } accuracy)
            {
                await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"accuracy before learning: {accuracy:F4}"));
            }

            if (report.MeanAbsoluteError is { } error)
            {
                await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"mean absolute error before learning: {error:G6}"));
            }
        }

        return failure is OperationCanceledException ? CommandActions.Interrupted
            : failure is not null || report.Errors > 0 ? CommandActions.Failed
            : CommandActions.Done;
    }
}
