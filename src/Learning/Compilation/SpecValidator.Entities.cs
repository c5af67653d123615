using LifelongApi.Contracts.Models;

namespace LifelongApi.Learning.Compilation;

/// <content>What entities add to the shared answer.</content>
internal sealed partial class SpecValidator
{
    private const int MostEntities = 65536;
    private const long MostEntityFloats = 1L << 26;

    private void CheckEntities(ModelSpec spec)
    {
        if (spec.Entities is not { } entities)
        {
            return;
        }

        if (spec.Target.Kind == TargetKind.Anomaly)
        {
            Add("entities", "a model without labels has no answer to move; leave it out for target 'anomaly'");
        }

        Range("entities.capacity", entities.Capacity, 1, MostEntities);
        Range("entities.features", entities.Features, 0, 1024);
        Range("entities.decay", entities.Decay, 0, 0.5);
        if (!(entities.Rate > 0f && entities.Rate <= 1f))
        {
            Add("entities.rate", "is above 0 and at most 1");
        }

        Absent("input.historyEntities", spec.Input.HistoryEntities, "entities.capacity says how many entities there are; leave it out");
        if (_errors.Count > 0)
        {
            return;
        }

        var outputs = spec.Target.Kind == TargetKind.Label ? spec.Target.MaxClasses ?? DefaultMaxClasses : spec.Target.Size ?? 1;
        var floats = (entities.Capacity * ((long)outputs * (Math.Min(entities.Features, InputShape.Of(spec.Input).Units) + 1))) + HistoryFloats(spec.Input, entities.Capacity);
        if (floats > MostEntityFloats)
        {
            Add("entities.capacity", $"entities of {floats} numbers are more than 2^26; keep fewer in memory, with fewer features, or lower target.maxClasses");
        }
    }
}
