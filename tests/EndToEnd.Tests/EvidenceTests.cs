using LifelongApi.Experiments.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>The evidence page holds what was measured, and nothing else in its table.</summary>
public sealed class EvidenceTests
{
    private static readonly string Root = Folder();

    [Fact]
    public void Every_recorded_result_stands_in_the_table_of_the_page()
    {
        var page = File.ReadAllText(Path.Combine(Root, "docs", "evidence.md"));
        var lines = Evidence.Read(Path.Combine(Root, "bench", "results"));
        var recorded = ExperimentTable.All.Where(experiment => lines.Any(line => line.Experiment == experiment.Name)).ToList();

        Assert.NotEmpty(recorded);
        Assert.All(Evidence.Table(lines, recorded).Split('\n'), row => Assert.Contains(row, page, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.False(line.Quick, $"{line.Experiment} was kept from a quick run."));
    }

    [Fact]
    public void A_newer_line_takes_the_place_of_an_older_one_that_it_measured_again_and_leaves_the_others()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            Evidence.Keep(Line("slda --only a", ("a", 1), ("b", 2)), folder);
            Evidence.Keep(Line("slda --only c", ("c", 3)), folder);
            Evidence.Keep(Line("slda", ("b", 4), ("a", 5)), folder);
            var kept = Evidence.Read(folder);

            Assert.Equal(["slda --only c", "slda"], kept.Select(line => line.Command));
            Assert.Equal([5d, 4d], kept[1].Measurements.OrderBy(row => row.Metric).Select(row => row.Mean));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void An_experiment_that_was_not_recorded_says_so()
    {
        var table = Evidence.Table([], ExperimentTable.All);

        Assert.All(ExperimentTable.All, experiment => Assert.Contains($"| `{experiment.Name}` | {experiment.Protocol} | | | | not recorded |", table, StringComparison.Ordinal));
    }

    [Fact]
    public void The_command_of_a_row_keeps_what_changes_the_measurement_and_leaves_out_the_circumstances() =>
        Assert.Equal("ewc --only split --passes 3", new CommandLine(["ewc,si", "--data", "x", "--only", "split", "--seeds", "2", "--json", "--passes", "3"]).Repeat("ewc"));

    private static ReportLine Line(string command, params (string Metric, double Mean)[] measured) => new()
    {
        Experiment = "slda",
        Command = command,
        Protocol = "as it is",
        Metric = measured[0].Metric,
        Mean = measured[0].Mean,
        Std = 0d,
        Seeds = 1,
        Passed = true,
        Seconds = 1d,
        Commit = "0123456",
        Measurements = [.. measured.Select(one => new ReportLine.Row(one.Metric, one.Mean, 0d, 1, null, null, false, true))],
        Details = new Dictionary<string, object>(),
    };

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LifelongApi.sln")))
        {
            folder = folder.Parent;
        }

        return folder!.FullName;
    }
}
