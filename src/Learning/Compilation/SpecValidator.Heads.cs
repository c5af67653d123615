using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Compilation;

/// <content>Heads and the members of an ensemble.</content>
internal sealed partial class SpecValidator
{
    private void CheckHead(NetworkSpec network, TargetSpec target)
    {
        CheckNovelty(network);
        var kind = network.Head switch { RegressionHeadSpec => TargetKind.Value, NoveltyHeadSpec => TargetKind.Anomaly, _ => TargetKind.Label };
        if (kind != target.Kind)
        {
            Add("network.head.kind", target.Kind == TargetKind.Anomaly ? "anomalies need head 'novelty'" : target.Kind == TargetKind.Label ? "labels need head 'softmax', 'leastSquares', 'hinge' or 'ensemble'" : "values need head 'regression'");
        }

        if (network.Head is LeastSquaresHeadSpec squares)
        {
            Range("network.head.contexts", squares.Contexts, 1, 16);
            Modulator("network.head.contextModulator", squares.ContextModulator, network);
            if (squares.Contexts > 1 && squares.ContextModulator is null)
            {
                Add("network.head.contextModulator", "contexts open while a modulator is raised: name one of kind 'unexpectedUncertainty', or keep one context");
            }
        }

        if (network.Head is not EnsembleHeadSpec ensemble)
        {
            return;
        }

        Range("network.head.members", ensemble.Members.Count, 2, 32);
        Range("network.head.fastRate", ensemble.FastRate, 1e-9, 1);
        Range("network.head.slowRate", ensemble.SlowRate, 1e-9, 1);
        Range("network.head.memory", ensemble.Memory, 1, 1e9);
        for (var i = 0; i < ensemble.Members.Count; i++)
        {
            var member = ensemble.Members[i];
            if (network.Populations.Skip(1).All(population => population.Name != member.Population))
            {
                Add($"network.head.members[{i}].population", $"there is no population '{member.Population}' after the input");
            }
            else if (ensemble.Members.Take(i).Any(other => other.Population == member.Population))
            {
                Add($"network.head.members[{i}].population", $"population '{member.Population}' is read by another member; each has its own");
            }

            if (member.Head is not (SoftmaxHeadSpec or LeastSquaresHeadSpec or HingeHeadSpec))
            {
                Add($"network.head.members[{i}].head.kind", "a member has head 'softmax', 'leastSquares' or 'hinge'");
            }

            if (member.Head is LeastSquaresHeadSpec { Contexts: not 1 })
            {
                Add($"network.head.members[{i}].head.contexts", "a member has one context; contexts belong to a head that answers alone");
            }
        }
    }
}
