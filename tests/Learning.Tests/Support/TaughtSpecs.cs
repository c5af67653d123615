using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Tests.Support;

/// <summary>The smallest specs in which a rule that follows the label, or a replay memory, can be watched.</summary>
internal static class TaughtSpecs
{
    public static ModelSpec Direct(int inputs, RuleSpec rule, params TransformSpec[] transforms) => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = inputs, Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 64 },
        Network = new NetworkSpec
        {
            Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
            Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = rule, Transforms = transforms }],
            Credit = new NoCreditSpec(),
            Head = new SoftmaxHeadSpec(),
        },
    };

    public static ModelSpec Replaying(int inputs, params MaintenanceSpec[] maintenance)
    {
        var spec = Direct(inputs, new CreditRuleSpec(), new LearningRateSpec { Rate = 0.1f });
        return spec with { Network = spec.Network with { Modulators = [new ExpectedUncertaintySpec { Name = "ach" }], Maintenance = maintenance } };
    }
}
