using System.Collections.Concurrent;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Streams;
using LifelongApi.Storage;
using LifelongApi.Storage.Probes;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// The accuracy matrix of a model. A row is a function of the journal: the state right after a task ended is brought back on a copy (the newest
/// version before it and the events after that), asked beside the pipeline, and the scores are stored under lineage and sequence. So a row is the same
/// whenever it is computed, and a restart, a restore or another host finds it or computes it again. Learning never waits for it; one copy at a time.
/// </summary>
internal sealed class ScenarioEvaluation(HostingContext context) : IDisposable
{
    /// <summary>Most tasks in the matrix.</summary>
    public const int MaxTasks = 100;

    private const int MaxRounds = 3;
    private readonly ProbeLibrary _probes = new(context);
    private readonly ConcurrentDictionary<long, Present> _present = new();
    private readonly Dictionary<long, Task<string?>> _jobs = [];
    private readonly Lock _jobsLock = new();
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The matrix, with what can be computed within the configured wait.</summary>
    /// <returns>The matrix; null where there is no task and no probe set, and while the store is away.</returns>
    public async Task<ScenarioMetrics?> DescribeAsync(StreamHost host, HostedModel model, IReadOnlyDictionary<string, MetricSummary>? prequential, CancellationToken cancellation)
    {
        if (model.Spec.Target.Kind == TargetKind.Anomaly)
        {
            // Nothing is predicted, so nothing is forgotten that a probe set could show.
            return null;
        }

        try
        {
            var plan = await PlanAsync(host, model, cancellation);
            if (plan is null)
            {
                return null;
            }

            string? failure = null;
            var began = context.Time.GetTimestamp();
            for (var round = 0; round < MaxRounds && failure is null && plan.Missing().Count > 0; round++)
            {
                var left = TimeSpan.FromSeconds(context.Options.ProbeWaitSeconds) - context.Time.GetElapsedTime(began);
                var job = Compute(host, model, plan);
                try
                {
                    failure = await job.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, context.Time, cancellation);
                }
                catch (TimeoutException)
                {
                    round = MaxRounds;
                }

                plan = await PlanAsync(host, model, cancellation) ?? plan;
            }

            return plan.Describe(await PresentAsync(host, model, plan, cancellation), failure, Rest(plan, prequential));
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Cancel();

    private async Task<ScenarioPlan?> PlanAsync(StreamHost host, HostedModel model, CancellationToken cancellation)
    {
        var ancestry = model.Ancestry;
        var reached = model.Position.Sequence;
        var uploaded = (await context.Store.Probes.ListAsync(host.Stream.Id, cancellation)).ToDictionary(probe => probe.Task, StringComparer.Ordinal);
        var boundaries = await context.Store.Journal.ListTaskBoundariesAsync(host.Stream.Id, cancellation);
        var ended = TaskTimeline.Tasks([.. boundaries.Where(boundary => boundary.Sequence <= reached)], ancestry)
            .Where(task => FirstEnd(task) is not null).OrderBy(FirstEnd).ToList();
        if (ended.Count == 0 && uploaded.Count == 0)
        {
            return null;
        }

        var shown = ended.TakeLast(MaxTasks).ToList();
        var columns = new List<ProbeColumn>();
        foreach (var task in shown)
        {
            columns.Add(uploaded.TryGetValue(task.Name, out var probe)
                ? ProbeLibrary.Uploaded(probe)
                : await _probes.SampleAsync(host, model, ancestry, task, cancellation));
        }

        var names = ended.Select(task => task.Name).ToHashSet(StringComparer.Ordinal);
        columns.AddRange(uploaded.Values.Where(probe => !names.Contains(probe.Task)).Take(MaxTasks - shown.Count).Select(ProbeLibrary.Uploaded));
        var ends = shown.ConvertAll(task => new Position(ancestry.LineageOf(FirstEnd(task)!.Value), FirstEnd(task)!.Value));
        var scores = await context.Store.Probes.ListScoresAsync(model.Record.Id, cancellation);
        return new ScenarioPlan(ancestry, columns, ends, scores, model.IsClassifier) { Left = [.. ended.SkipLast(MaxTasks).Select(task => task.Name)] };
    }

    private static long? FirstEnd(TaskInfo task) => task.Segments.FirstOrDefault(segment => segment.EndedAt is not null)?.EndedAt;

    /// <summary>The one computation of a model that is under way, or a new one.</summary>
    private Task<string?> Compute(StreamHost host, HostedModel model, ScenarioPlan plan)
    {
        lock (_jobsLock)
        {
            var id = model.Record.Id;
            if (!_jobs.TryGetValue(id, out var job))
            {
                _jobs[id] = job = Task.Run(() => ComputeAsync(host, model, plan), CancellationToken.None);
            }

            return job;
        }
    }

    /// <returns>Why it failed, or null.</returns>
    private async Task<string?> ComputeAsync(StreamHost host, HostedModel model, ScenarioPlan plan)
    {
        // A lease of its own: the feature names must outlive the call that asked.
        var isLeased = host.TryLease();
        try
        {
            if (!isLeased)
            {
                return "The model is being closed; ask again.";
            }

            await _one.WaitAsync(_stop.Token);
            try
            {
                await FillAsync(host, model, plan, _stop.Token);
                return null;
            }
            finally
            {
                _one.Release();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return "The service is stopping.";
        }
        catch (Exception reason)
        {
            context.Logger.ScenarioFailed(model.Record.Name, reason);
            return reason.Message;
        }
        finally
        {
            lock (_jobsLock)
            {
                _jobs.Remove(model.Record.Id);
            }

            if (isLeased)
            {
                host.Release(isUse: false);
            }
        }
    }

    private async Task FillAsync(StreamHost host, HostedModel model, ScenarioPlan plan, CancellationToken cancellation)
    {
        HostedModel? past = null;
        try
        {
            foreach (var (row, columns) in plan.Missing())
            {
                if (row == ScenarioPlan.Untrained)
                {
                    using var untrained = context.Recovery.Untrained(model);
                    await AskAsync(host, untrained, plan.At(row), columns, cancellation);
                    continue;
                }

                var earlier = past;
                past = null;
                past = await context.Recovery.RecallAsync(model, plan.Ancestry, earlier, plan.At(row).Sequence, host.Names, cancellation);
                await AskAsync(host, past, plan.At(row), columns, cancellation);
            }
        }
        finally
        {
            past?.Dispose();
        }
    }

    private async Task AskAsync(StreamHost host, HostedModel state, Position position, IReadOnlyList<ProbeColumn> columns, CancellationToken cancellation)
    {
        var scores = new List<ProbeScore>(columns.Count);
        foreach (var column in columns)
        {
            if (await _probes.ReadAsync(host, column, cancellation) is { } set)
            {
                scores.Add((await set.AskAsync(state, host.Names, cancellation)).At(position, column));
            }
        }

        await context.Store.Probes.SaveScoresAsync(state.Record.Id, scores, cancellation);
    }

    private async Task<ScenarioRow> PresentAsync(StreamHost host, HostedModel model, ScenarioPlan plan, CancellationToken cancellation)
    {
        var position = model.Position;
        _present.TryGetValue(model.Record.Id, out var known);
        known = known?.Position == position ? known : new Present(position, new ConcurrentDictionary<string, ProbeScore>(StringComparer.Ordinal));
        var scores = new List<double?>(plan.Columns.Count);
        var last = position;
        foreach (var column in plan.Columns)
        {
            var key = $"{column.Task}/{Convert.ToHexString(column.Hash)}";
            if (!known.Scores.TryGetValue(key, out var score) && column.RowCount > 0 && await _probes.ReadAsync(host, column, cancellation) is { } set)
            {
                var tally = await set.AskAsync(model, host.Names, cancellation);
                last = tally.Position;
                score = tally.At(last, column);
                if (last == position)
                {
                    known.Scores[key] = score;
                }
            }

            scores.Add(score is null ? null : ProbeTally.Score(score, model.IsClassifier));
        }

        _present[model.Record.Id] = known;
        return new ScenarioRow { Position = last.ToString(), Scores = scores };
    }

    private static ScenarioRest? Rest(ScenarioPlan plan, IReadOnlyDictionary<string, MetricSummary>? prequential)
    {
        if (plan.Left.Count == 0)
        {
            return null;
        }

        var summaries = plan.Left.Select(task => prequential?.GetValueOrDefault(task)).OfType<MetricSummary>().Where(summary => summary.Count > 0).ToList();
        var count = summaries.Sum(summary => summary.Count);
        return new ScenarioRest
        {
            TaskCount = plan.Left.Count,
            Prequential = new MetricSummary
            {
                Count = count,
                Accuracy = Mean(summary => summary.Accuracy),
                LogLoss = Mean(summary => summary.LogLoss),
                MeanAbsoluteError = Mean(summary => summary.MeanAbsoluteError),
                RootMeanSquaredError = Mean(summary => summary.RootMeanSquaredError * summary.RootMeanSquaredError) is { } square ? Math.Sqrt(square) : null,
            },
        };

        double? Mean(Func<MetricSummary, double?> value) => count == 0 ? null : summaries.Sum(summary => value(summary) * summary.Count) / count;
    }

    private sealed record Present(Position Position, ConcurrentDictionary<string, ProbeScore> Scores);
}
