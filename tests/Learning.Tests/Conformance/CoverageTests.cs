using System.Collections;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Tests.Conformance;

public sealed class CoverageTests
{
    private static readonly Type[] Families =
        [typeof(RuleSpec), typeof(TransformSpec), typeof(ModulatorSpec), typeof(HeadSpec), typeof(CreditSpec), typeof(MaintenanceSpec), typeof(InitialWeightsSpec), typeof(ConnectionSpec)];

    private static readonly Type[] Choices = [typeof(PopulationKind), typeof(InputKind), typeof(Standardisation), typeof(TargetKind), typeof(AnchorScope), typeof(AnchorCentre), typeof(ClassScope), typeof(ReplayPolicy), typeof(DriftSignal), typeof(HistoryScope), typeof(WindowStatistic), typeof(LatePolicy)];

    [Fact]
    public void Every_registered_part_has_a_conformance_case()
    {
        var used = new HashSet<object>();
        foreach (var spec in ConformanceCases.ByName.Values)
        {
            Collect(spec, used);
        }

        var parts = typeof(RuleSpec).Assembly.GetTypes().Where(type => !type.IsAbstract && Families.Any(family => family.IsAssignableFrom(type)));
        Assert.Empty(parts.Except(used));
        Assert.Empty(Choices.SelectMany(choice => Enum.GetValues(choice).Cast<object>()).Except(used));
    }

    [Fact]
    public void Every_kind_of_part_that_the_core_knows_is_among_the_families()
    {
        var polymorphic = typeof(RuleSpec).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(RuleSpec).Namespace && type.GetCustomAttributes(typeof(System.Text.Json.Serialization.JsonPolymorphicAttribute), false).Length > 0);
        Assert.Empty(polymorphic.Except(Families).Select(type => type.Name));
    }

    private static void Collect(object? value, HashSet<object> used)
    {
        switch (value)
        {
            case null or string:
                return;
            case Enum choice:
                used.Add(choice);
                return;
            case IEnumerable many:
                foreach (var one in many)
                {
                    Collect(one, used);
                }

                return;
        }

        var type = value.GetType();
        if (type.Namespace?.StartsWith("LifelongApi.Contracts", StringComparison.Ordinal) == true)
        {
            used.Add(type);
            foreach (var property in type.GetProperties().Where(property => property.GetIndexParameters().Length == 0))
            {
                Collect(property.GetValue(value), used);
            }
        }
    }
}
