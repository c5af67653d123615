using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Compilation;

/// <content>Mistakes in the parts that keep what was learned.</content>
internal sealed partial class SpecValidator
{
    private void CheckProtection(string at, int index, ProjectionSpec projection, NetworkSpec network)
    {
        if (projection.Transforms[index] is MeanImportanceSpec mean)
        {
            Range($"{at}.interval", mean.Interval, 1, 1024);
            Range($"{at}.halfLife", mean.HalfLife ?? 1f, 1, 1e9);
        }

        switch (projection.Transforms[index])
        {
            case ObservePathSpec path:
                Range($"{at}.damping", path.Damping, 1e-6, 1e6);
                if (projection.Connection is PatchConnectionSpec)
                {
                    Add(at, "the path of filters that are drawn from the first events has no beginning: use observeFisher");
                }

                break;
            case ObserveFisherSpec { Labels: FisherLabels.Expected } when projection.Rule is not CreditRuleSpec || network.Head is not SoftmaxHeadSpec:
                Add($"{at}.labels", "labels that the model expects need rule 'credit' and head 'softmax': take 'observed'");
                break;
            case ObserveSensitivitySpec when projection.Rule is not CreditRuleSpec:
                Add(at, "observeSensitivity reads what the credit assigner carries down: it needs rule 'credit'");
                break;
            case MetaplasticSpec metaplastic:
                Range($"{at}.strength", metaplastic.Strength, 0, 1e6);
                break;
            case CascadeSpec cascade:
                Range($"{at}.variables", cascade.Variables, 1, 16);
                Range($"{at}.rate", cascade.Rate, 1e-6, 0.5);
                Range($"{at}.ratio", cascade.Ratio, 1.1, 16);
                if (index != projection.Transforms.Count - 1)
                {
                    Add(at, "cascade comes last and once, or what follows would bend what its variables exchange");
                }

                break;
        }
    }

    private void CheckBinary(string field, ProjectionSpec projection)
    {
        if (projection.Connection is not BinaryConnectionSpec binary)
        {
            return;
        }

        Range($"{field}.gain", binary.Gain, 1e-6, 1e6);
        if (projection.Rule is not (null or CreditRuleSpec))
        {
            Add(field, "binarised synapses learn by rule 'credit' or stay as drawn");
        }

        if (projection.Transforms.OfType<ElasticAnchorSpec>().Any(anchor => anchor.Scope == AnchorScope.Every))
        {
            Add(field, "binarised synapses need an anchor with scope 'proposed'");
        }
    }

    private void CheckDistillation(NetworkSpec network)
    {
        if (network.Head is EnsembleHeadSpec ensemble && ensemble.Members.Any(member => member.Head is SoftmaxHeadSpec { Scope: ClassScope.Task } or SoftmaxHeadSpec { Distillation: not null }))
        {
            Add("network.head.members", "members of an ensemble train over all classes and without distillation");
        }

        if (network.Head is EnsembleHeadSpec or ValueEnsembleHeadSpec && network.Projections.Any(projection => projection.Transforms.Any(transform => transform is ObserveSensitivitySpec)))
        {
            Add("network.head", "observeSensitivity needs one output: it does not go with an ensemble");
        }

        if (network.Head is not SoftmaxHeadSpec { Distillation: { } distillation })
        {
            return;
        }

        Range("network.head.distillation.temperature", distillation.Temperature, 0.1, 100);
        Range("network.head.distillation.strength", distillation.Strength, 0, 1e6);
        if (!network.Maintenance.OfType<ConsolidationSpec>().Any())
        {
            Add("network.head.distillation", "the teacher is taken at a consolidation: add one to network.maintenance");
        }
    }
}
