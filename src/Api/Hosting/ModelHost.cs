using System.Collections.Concurrent;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Encoders;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Learning;
using LifelongApi.Learning.Recipes;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;

namespace LifelongApi.Api.Hosting;

/// <summary>The house in which models live, over the registry of open streams and the store.</summary>
internal sealed partial class ModelHost(HostingContext context, StreamRegistry registry, StoreStartup startup, EncoderLibrary encoders) : IModelHost, IDisposable
{
    private const int MaxPage = 1000;

    /// <summary>Models that were opened, so that a predict needs no query, also while the store is away.</summary>
    private readonly ConcurrentDictionary<string, ModelRecord> _known = new(StringComparer.Ordinal);

    /// <summary>The same for streams, whose ids are never used again.</summary>
    private readonly ConcurrentDictionary<string, long> _knownStreams = new(StringComparer.Ordinal);

    private readonly ScenarioEvaluation _scenarios = new(context);

    private readonly VersionCache _versions = new(context.Options.VersionCacheCount, context.Options.VersionCacheByteBudget);

    /// <inheritdoc/>
    public async Task<(ModelInfo Info, bool Created)> CreateAsync(string name, CreateModelRequest request, CancellationToken cancellation)
    {
        startup.ThrowIfNotReady();
        ResourceName.Check("model", name);
        request = await encoders.FillAsync(request, cancellation);
        var leader = request.Follow is null ? null : await FindLeaderAsync(request.Follow, cancellation);
        var spec = Expand(leader is null ? request : Fit(request, ModelRecovery.ReadSpec(leader)));
        if (leader is not null)
        {
            CheckFollows(spec, ModelRecovery.ReadSpec(leader), leader);
        }

        var wanted = new NewModel(name, spec.Preset, ModelRecovery.Write(spec), context.Time.Microseconds());
        var created = leader is null
            ? await context.Store.Models.CreateLeaderAsync(wanted, cancellation)
            : await context.Store.Models.CreateFollowerAsync(wanted, leader.StreamId, await StartAsync(leader, request, cancellation), cancellation);
        if (created is null)
        {
            await CheckSameAsync(wanted, leader, cancellation);
        }

        return (await GetAsync(name, cancellation), created is not null);
    }

    /// <inheritdoc/>
    public async Task<ModelInfo> GetAsync(string name, CancellationToken cancellation)
    {
        using var lease = await LeaseAsync(name, cancellation);
        return await DescribeAsync(lease.Model, lease.Host, withSpec: true, cancellation);
    }

    /// <inheritdoc/>
    public async Task<Page<ModelInfo>> ListAsync(int pageSize, string? pageToken, CancellationToken cancellation)
    {
        startup.ThrowIfNotReady();
        var records = await context.Store.Models.ListAsync(pageToken, Clamp(pageSize) + 1, cancellation);
        var items = new List<ModelInfo>();
        foreach (var record in records.Take(Clamp(pageSize)))
        {
            items.Add(registry.Find(record.StreamId) is { } host && host.TryLease()
                ? await DescribeOpenAsync(host, record, cancellation)
                : await DescribeClosedAsync(record, cancellation));
        }

        return new Page<ModelInfo> { Items = items, NextPageToken = records.Count > items.Count ? items[^1].Name : null };
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellation)
    {
        var record = await FindAsync(name, cancellation);
        _known.TryRemove(name, out _);
        if (!record.IsLeader)
        {
            var host = await registry.LeaseAsync(await StreamAsync(record.StreamName, cancellation), cancellation);
            try
            {
                await host.RemoveFollowerAsync(record.Id);
            }
            finally
            {
                host.Release();
            }

            return;
        }

        var models = await context.Store.Models.ListOfStreamAsync(record.StreamId, cancellation);
        if (models.Count > 1 || !await registry.CloseForAsync(record.StreamId, () => context.Store.Models.DeleteAsync(record.Id, cancellation)))
        {
            // Nothing to delete any more is not a conflict: somebody else was faster.
            await FindAsync(name, cancellation);
            models = await context.Store.Models.ListOfStreamAsync(record.StreamId, cancellation);
            throw ProblemException.Conflict($"Other models follow stream '{record.StreamName}' ({string.Join(", ", models.Where(model => !model.IsLeader).Select(model => model.Name))}). Delete them first.");
        }
    }

    /// <inheritdoc/>
    public ValueTask<ModelLease> AcquireAsync(string name, CancellationToken cancellation)
    {
        var leasing = LeaseAsync(name, cancellation);
        return leasing.IsCompletedSuccessfully ? new ValueTask<ModelLease>(leasing.Result) : OpenedAsync(leasing);

        static async ValueTask<ModelLease> OpenedAsync(ValueTask<HostedLease> leasing) => await leasing;
    }

    /// <inheritdoc/>
    public async Task<ModelMetrics> GetMetricsAsync(string name, bool withScenario, CancellationToken cancellation)
    {
        using var lease = await LeaseAsync(name, cancellation);
        var metrics = lease.Model.Metrics();
        return withScenario ? metrics with { Scenario = await _scenarios.DescribeAsync(lease.Host, lease.Model, metrics.Tasks, cancellation) } : metrics;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scenarios.Dispose();
        _versions.Dispose();
    }

    private static int Clamp(int pageSize) => Math.Clamp(pageSize, 1, MaxPage);

    private static ModelSpec Expand(CreateModelRequest request)
    {
        try
        {
            return Presets.Expand(request);
        }
        catch (SpecException mistakes)
        {
            throw new ProblemException(400, ProblemTypes.InvalidRequest, "Invalid request", mistakes.Message)
            {
                Errors = mistakes.Errors.GroupBy(error => error.Field).ToDictionary(field => field.Key, field => field.Select(error => error.Message).ToArray()),
            };
        }
    }

    /// <summary>A follower takes the stream's input and target where it does not name its own.</summary>
    private static CreateModelRequest Fit(CreateModelRequest request, ModelSpec leader) =>
        request with { Input = request.Input ?? leader.Input, Target = request.Target ?? (request.Preset?.Split('@')[0] == "anomaly" ? null : leader.Target) };

    private static void CheckFollows(ModelSpec spec, ModelSpec leader, ModelRecord record)
    {
        if (leader.Durability == Durability.None)
        {
            throw ProblemException.Invalid("follow", $"Stream '{record.StreamName}' keeps no journal (durability none), so nothing can follow it.");
        }

        if (spec.Input.Encoder is not null || leader.Input.Encoder is not null)
        {
            CheckEncoder(spec, leader.Input);
        }
        else if (Shape(spec.Input) != Shape(leader.Input))
        {
            throw ProblemException.Invalid("input", $"The stream's events have another shape: kind {leader.Input.Kind}. Leave input out to take the stream's.");
        }

        // Who learns without labels can follow any stream: it leaves them aside.
        if (spec.Target.Kind == TargetKind.Anomaly)
        {
            return;
        }

        if (spec.Target.Kind != leader.Target.Kind || (spec.Target.Size ?? 1) != (leader.Target.Size ?? 1))
        {
            throw ProblemException.Invalid("target", $"The stream's events have another target: kind {leader.Target.Kind}. Leave target out to take the stream's.");
        }

        static (InputKind, int?, int?, int?, int?) Shape(InputSpec input) => (input.Kind, input.Size, input.Height, input.Width, input.Channels);
    }

    /// <summary>Events hold what the leader's encoder made of them, and their input only where it is kept.</summary>
    private static void CheckEncoder(ModelSpec spec, InputSpec leader)
    {
        const string OwnStream = "Create the model with a stream of its own instead, and send it the events again.";
        if (leader.Encoder is not { } encoder)
        {
            throw ProblemException.Invalid("input.encoder", $"The stream's events hold no encoder's output. {OwnStream}");
        }

        if (spec.Input.Encoder is { } own)
        {
            if (Of(own) != Of(encoder))
            {
                throw ProblemException.Invalid("input.encoder", $"The stream's events hold what '{encoder.Features}' of encoder '{encoder.Name}' made of them, and an encoder is never run again in a replay. {(encoder.KeepInput == false ? "They do not hold the input (keepInput false), so they cannot be replayed through another encoder." : OwnStream)}");
            }
        }
        else if (encoder.KeepInput == false)
        {
            throw ProblemException.Invalid("input", "The stream's events hold their encoder's output and not the input (keepInput false). Leave input out to learn from that output.");
        }
        else if (Requests.InputShape.Of(spec) is var shape && (!shape.IsDense || shape.Size != encoder.Shape!.Aggregate(1L, (product, size) => product * size)))
        {
            throw ProblemException.Invalid("input", $"The stream's events hold {string.Join(" × ", encoder.Shape!)} numbers. Give a vector or an image of that size, or leave input out to learn from the encoder's output.");
        }

        static string Of(EncoderSpec encoder) => System.Text.Json.JsonSerializer.Serialize(encoder with { Name = string.Empty, KeepInput = null }, Contracts.ContractJson.Options);
    }

    private async Task<long> StartAsync(ModelRecord leader, CreateModelRequest request, CancellationToken cancellation)
    {
        if (request.From != FollowFrom.Now)
        {
            return 0;
        }

        return registry.Find(leader.StreamId)?.AppliedSequence ?? (await StreamAsync(leader.StreamName, cancellation)).LastSequence;
    }

    private async Task CheckSameAsync(NewModel wanted, ModelRecord? leader, CancellationToken cancellation)
    {
        var present = await context.Store.Models.FindAsync(wanted.Name, cancellation);

        // The stream decides, not the part that the model plays for it now: the lead may have changed since.
        var isThere = present is not null && present.SpecJson == wanted.SpecJson && (leader is null ? present.StreamName == wanted.Name : present.StreamId == leader.StreamId);
        if (!isThere)
        {
            throw new ProblemException(409, ProblemTypes.AlreadyExists, "Already exists", $"The name '{wanted.Name}' is taken by a model or stream with another spec. Choose another name, or delete it first.");
        }
    }

    private ValueTask<HostedLease> LeaseAsync(string name, CancellationToken cancellation)
    {
        if (_known.TryGetValue(name, out var known) && registry.Find(known.StreamId) is { } host && host.TryLease())
        {
            if (host.Find(known.Id) is { } model)
            {
                return ValueTask.FromResult(new HostedLease(host, model));
            }

            host.Release();
        }

        return new ValueTask<HostedLease>(OpenAsync(name, cancellation));
    }

    private async Task<HostedLease> OpenAsync(string name, CancellationToken cancellation)
    {
        var record = await FindAsync(name, cancellation);
        var host = await registry.LeaseAsync(await StreamAsync(record.StreamName, cancellation), cancellation);
        try
        {
            var model = host.Find(record.Id) ?? await host.AddFollowerAsync(record, cancellation);
            _known[name] = record;
            return new HostedLease(host, model);
        }
        catch
        {
            host.Release();
            throw;
        }
    }

    private async Task<ModelRecord> FindAsync(string name, CancellationToken cancellation)
    {
        startup.ThrowIfNotReady();
        return await context.Store.Models.FindAsync(name, cancellation) ?? throw ProblemException.NotFound($"There is no model '{name}'. PUT /v1/models/{name} creates it.");
    }

    private async Task<ModelRecord> FindLeaderAsync(string stream, CancellationToken cancellation)
    {
        var record = await context.Store.Journal.FindStreamAsync(stream, cancellation)
            ?? throw ProblemException.Invalid("follow", $"There is no stream '{stream}'.");
        var models = await context.Store.Models.ListOfStreamAsync(record.Id, cancellation);
        return models.FirstOrDefault(model => model.IsLeader) ?? throw ProblemException.Invalid("follow", $"Stream '{stream}' has no leader.");
    }

    private async Task<StreamRecord> StreamAsync(string stream, CancellationToken cancellation)
    {
        startup.ThrowIfNotReady();
        return await context.Store.Journal.FindStreamAsync(stream, cancellation) ?? throw ProblemException.NotFound($"There is no stream '{stream}'.");
    }
}
