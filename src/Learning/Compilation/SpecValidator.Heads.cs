using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Compilation;

/// <content>Heads and the members of an ensemble.</content>
internal sealed partial class SpecValidator
{
    private void CheckClasses(ModelSpec spec)
    {
        if (spec.Target.Kind != TargetKind.Label)
        {
            if (spec.Balance is not null)
            {
                Add("balance", "only examples of classes are balanced; leave it out for other targets than 'label'");
            }

            if (spec.AbstainBelow is not null)
            {
                Add("abstainBelow", "only an answer with a class has a probability; leave it out for other targets than 'label'");
            }

            return;
        }

        if (spec.Balance is { } balance)
        {
            Range("balance.limit", balance.Limit, 1, 1000);
        }

        if (spec.AbstainBelow is { } threshold && !(threshold > 0f && threshold <= 1f))
        {
            Add("abstainBelow", "is a probability above 0 and at most 1; leave it out for a model that always answers");
        }
    }

    private void CheckHead(NetworkSpec network, TargetSpec target)
    {
        CheckNovelty(network);
        var kind = network.Head switch { RegressionHeadSpec or ValueEnsembleHeadSpec => TargetKind.Value, NoveltyHeadSpec => TargetKind.Anomaly, _ => TargetKind.Label };
        if (kind != target.Kind)
        {
            Add("network.head.kind", target.Kind switch
            {
                TargetKind.Anomaly => "anomalies need head 'novelty'",
                TargetKind.Label => "labels need head 'softmax', 'leastSquares', 'hinge' or 'ensemble'",
                _ => "values need head 'regression' or 'valueEnsemble'",
            });
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

        if (network.Head is ValueEnsembleHeadSpec values)
        {
            Range("network.head.populations", values.Populations.Count, 2, 32);
            Range("network.head.memory", values.Memory, 1, 1e9);
            Range("network.head.rate", values.Rate, 1e-9, 1);
            Range("network.head.clip", values.Clip, 1, 1e6);
            CheckMembers([.. values.Populations.Select((name, i) => ($"network.head.populations[{i}]", name))], network);
        }

        if (network.Head is not EnsembleHeadSpec ensemble)
        {
            return;
        }

        Range("network.head.members", ensemble.Members.Count, 2, 32);
        Range("network.head.fastRate", ensemble.FastRate, 1e-9, 1);
        Range("network.head.slowRate", ensemble.SlowRate, 1e-9, 1);
        Range("network.head.memory", ensemble.Memory, 1, 1e9);
        Range("network.head.absence", ensemble.Absence, 1, 1e9);
        CheckMembers([.. ensemble.Members.Select((member, i) => ($"network.head.members[{i}].population", member.Population))], network);
        for (var i = 0; i < ensemble.Members.Count; i++)
        {
            var member = ensemble.Members[i];
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

    private void CheckMembers(IReadOnlyList<(string Field, string Population)> members, NetworkSpec network)
    {
        for (var i = 0; i < members.Count; i++)
        {
            var (field, name) = members[i];
            if (network.Populations.Skip(1).All(population => population.Name != name))
            {
                Add(field, $"there is no population '{name}' after the input");
            }
            else if (members.Take(i).Any(other => other.Population == name))
            {
                Add(field, $"population '{name}' is read by another member; each has its own");
            }
        }
    }
}
