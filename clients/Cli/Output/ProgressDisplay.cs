using Spectre.Console;

namespace LifelongApi.Cli.Output;

/// <summary>What a long command has done so far.</summary>
/// <param name="Fraction">Share of the file that is done, 0 … 1.</param>
/// <param name="Status">Rate and quality in words.</param>
internal readonly record struct ProgressState(double Fraction, string Status);

/// <summary>Shows long work: a bar on a terminal, a line now and then where the output goes to a file, nothing where only JSON is wanted.</summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(2);

    internal static Task RunAsync(string title, bool quiet, Func<ProgressState> state, Func<Task> work)
    {
        if (quiet)
        {
            return work();
        }

        return Console.IsOutputRedirected ? LinesAsync(title, state, work) : BarAsync(title, state, work);
    }

    private static Task BarAsync(string title, Func<ProgressState> state, Func<Task> work) => AnsiConsole.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .StartAsync(async context =>
        {
            var bar = context.AddTask(Markup.Escape(title), maxValue: 1);
            await WatchAsync(work(), BarInterval, () =>
            {
                var (fraction, status) = state();
                bar.Value = fraction;
                bar.Description = Markup.Escape($"{title}  {status}");
            });
        });

    private static Task LinesAsync(string title, Func<ProgressState> state, Func<Task> work) => WatchAsync(work(), LineInterval, () =>
    {
        var (fraction, status) = state();
        Console.WriteLine(FormattableString.Invariant($"{title}  {fraction * 100:F0} %  {status}"));
    });

    private static async Task WatchAsync(Task working, TimeSpan interval, Action show)
    {
        while (await Task.WhenAny(working, Task.Delay(interval)) != working)
        {
            show();
        }

        show();
        await working;
    }
}
