using System.CommandLine;
using System.Globalization;
using LifelongApi.Cli.Evaluation;
using LifelongApi.Cli.Output;
using LifelongApi.Cli.Rows;
using LifelongApi.Contracts.Learning;
using Spectre.Console;

namespace LifelongApi.Cli.Commands;

/// <summary><c>lifelong evaluate</c>: predicts a labelled file and compares.</summary>
internal static class EvaluateCommand
{
    // A wider table does not fit a terminal.
    private const int MostColumns = 20;

    internal static Command Create(ConnectionOptions connection)
    {
        var model = new Option<string>("--model", "-m") { Description = "The model", Required = true };
        var version = new Option<int?>("--model-version") { Description = "A stored version to ask instead of the present state" };
        var retry = new Option<double>("--retry-seconds") { Description = "How long to wait for a service that is away or busy", DefaultValueFactory = _ => 30 };
        var json = new Option<bool>("--json") { Description = "Print one JSON object on the last line and nothing else" };
        var files = new RowOptions();
        var command = new Command("evaluate", "Predict a labelled file and show accuracy and confusion matrix, or the errors of predicted numbers. Learns nothing.")
        {
            model, version, retry, json,
        };
        files.AddTo(command);
        command.SetWork(async (parse, cancellationToken) =>
        {
            using var client = connection.Client(parse, TimeSpan.FromSeconds(Math.Max(0, parse.GetValue(retry))));
            var name = parse.GetRequiredValue(model);
            var quiet = parse.GetValue(json);
            await using var rows = await files.OpenAsync(parse, cancellationToken);
            RowOptions.Fit(rows, await client.GetModelAsync(name, cancellationToken));
            await rows.SkipAsync(files.Skip(parse), cancellationToken);
            var run = new EvaluationRun(client, name, rows, parse.GetValue(version), TimeProvider.System);
            await ProgressDisplay.RunAsync(name, quiet, run.Progress, () => run.RunAsync(files.Limit(parse), cancellationToken));
            var report = run.Report();
            if (quiet)
            {
                await JsonOutput.WriteAsync(report);
            }
            else
            {
                Show(report, run.Confusion);
            }

            return report.Errors == 0 ? CommandActions.Done : CommandActions.Failed;
        });
        return command;
    }

    private static void Show(EvaluationReport report, ConfusionMatrix confusion)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.Rows} rows, {report.Errors} without label or not readable; {report.Seconds:F1} s"));
        if (report.Accuracy is { } accuracy)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accuracy: {accuracy:F4}"));
        }

        if (report.Quality is { } quality)
        {
            AnsiConsole.Write(QualityTable.Render([("all", quality), .. (report.Classes ?? new Dictionary<string, MetricSummary>()).Select(pair => ($"class {pair.Key}", pair.Value))]));
        }

        if (report.MeanAbsoluteError is { } error)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mean absolute error: {error:G6}, root mean squared error: {report.RootMeanSquaredError:G6}, R²: {report.RSquared:G6}"));
        }

        var classes = confusion.Classes;
        if (classes.Count is 0 or > MostColumns)
        {
            return;
        }

        var table = new Table().AddColumn("actual \\ predicted");
        foreach (var name in classes)
        {
            table.AddColumn(new TableColumn(Markup.Escape(name)).RightAligned());
        }

        foreach (var (actual, row) in confusion.Counts)
        {
            table.AddRow([Markup.Escape(actual), .. classes.Select(name => row.GetValueOrDefault(name).ToString(CultureInfo.InvariantCulture))]);
        }

        AnsiConsole.Write(table);
    }
}
