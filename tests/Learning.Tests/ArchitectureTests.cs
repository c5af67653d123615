using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using LifelongApi.Learning.Credit;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Maintenance;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.Transforms;

namespace LifelongApi.Learning.Tests;

public sealed partial class ArchitectureTests
{
    private static readonly Assembly Core = typeof(Model).Assembly;
    private static readonly string Sources = typeof(ArchitectureTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "LearningSources").Value!;

    /// <summary>Parts that are arithmetic without a paper: the identity, and the seat of nobody's credit.</summary>
    private static readonly Type[] WithoutPaper = [typeof(NoCredit), typeof(IdentityPopulation), typeof(TanhPopulation), typeof(InputPopulation)];

    [Fact]
    public void The_core_references_the_contracts_and_the_base_library_only()
    {
        var references = Core.GetReferencedAssemblies().Select(name => name.Name!).ToArray();
        Assert.All(references, name => Assert.True(name == "LifelongApi.Contracts" || name.StartsWith("System.", StringComparison.Ordinal), name));
        Assert.DoesNotContain(references, name => name.StartsWith("System.Net", StringComparison.Ordinal) || name.StartsWith("System.Data", StringComparison.Ordinal) || name.StartsWith("System.Threading", StringComparison.Ordinal));
    }

    [Fact]
    public void The_core_has_no_static_field_that_can_change()
    {
        var statics = Core.GetTypes()
            .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !type.FullName!.Contains('<') && !type.FullName.StartsWith("System.", StringComparison.Ordinal))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsLiteral && !field.IsInitOnly)
            .Select(field => $"{field.DeclaringType!.Name}.{field.Name}");
        Assert.Empty(statics);
    }

    [Fact]
    public void Parts_of_a_program_that_models_share_keep_nothing_in_themselves()
    {
        // A field that changes would be the state of whichever model came last. Properties that the compiler sets, and parameters of constructors, have fields with names like <this>.
        string[] namespaces = ["Populations", "Projections", "Credit", "Rules", "Transforms", "Modulators", "Heads", "Maintenance", "Contexts"];
        var fields = Core.GetTypes()
            .Where(type => type.IsClass && namespaces.Any(name => type.Namespace == $"LifelongApi.Learning.{name}") && !type.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Append(typeof(LifelongApi.Learning.Compilation.Learner))
            .SelectMany(type => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => !field.IsInitOnly && !field.Name.StartsWith('<'))
            .Select(field => $"{field.DeclaringType!.Name}.{field.Name}");
        Assert.Empty(fields);
    }

    [Fact]
    public void Symbols_that_depend_on_machine_or_moment_are_banned()
    {
        var project = File.ReadAllText(Path.Combine(Sources, "Learning.csproj"));
        Assert.Contains("Microsoft.CodeAnalysis.BannedApiAnalyzers", project, StringComparison.Ordinal);
        Assert.Contains("BannedSymbols.txt", project, StringComparison.Ordinal);
        var banned = File.ReadAllText(Path.Combine(Sources, "..", "..", "BannedSymbols.txt"));
        foreach (var symbol in new[] { "T:System.Random", "DateTime.UtcNow", "Stopwatch", "MathF.Exp", "MathF.Tanh", "Threading.Thread", "System.IO.File" })
        {
            Assert.Contains(symbol, banned, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Estimates_and_library_sums_stay_out_of_the_learning_path()
    {
        foreach (var file in Directory.EnumerateFiles(Sources, "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")))
        {
            Assert.False(ForbiddenArithmetic().IsMatch(File.ReadAllText(file)), $"{Path.GetFileName(file)} uses arithmetic that differs by machine.");
        }
    }

    [Fact]
    public void Every_part_cites_its_source()
    {
        Type[] kinds = [typeof(IPlasticityRule), typeof(IUpdateTransform), typeof(IModulator), typeof(IHead), typeof(ICreditAssigner), typeof(IMaintenance), typeof(Population)];
        var parts = Core.GetTypes().Where(type => !type.IsAbstract && !type.IsInterface && kinds.Any(kind => kind.IsAssignableFrom(type))).Except(WithoutPaper).ToArray();
        Assert.True(parts.Length >= 20, "The parts were not found.");
        var files = Directory.EnumerateFiles(Sources, "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText).ToArray();
        foreach (var part in parts)
        {
            var declaration = $"class {part.Name}";
            var file = files.Single(text => Regex.IsMatch(text, $@"\b{declaration}\b"));
            var before = file[..Regex.Match(file, $@"\b{declaration}\b").Index];
            var comment = before[before.LastIndexOf("<summary>", StringComparison.Ordinal)..];
            Assert.True(Year().IsMatch(comment) || CitesThroughParts(part), $"{part.Name} names no author and year in its doc comment.");
        }
    }

    [Fact]
    public void Every_slot_is_in_the_document_of_the_state_layout()
    {
        var document = File.ReadAllText(Path.Combine(Sources, "..", "..", "docs", "state-layout.md"));
        var missing = Conformance.ConformanceCases.ByName.Values.SelectMany(spec =>
        {
            using var model = Model.Create(spec);
            return model.Learner.Layout.Slots.Select(slot => slot.Name[(slot.Name.LastIndexOf('.') + 1)..]).ToArray();
        }).Distinct().Where(part => !document.Contains($".{part}`", StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_part_is_in_the_part_table()
    {
        var document = File.ReadAllText(Path.Combine(Sources, "..", "..", "docs", "architecture.md"));
        var kinds = typeof(Contracts.Models.Parts.RuleSpec).Assembly.GetTypes()
            .SelectMany(type => type.GetCustomAttributes<System.Text.Json.Serialization.JsonDerivedTypeAttribute>())
            .Where(derived => derived.DerivedType.Namespace == typeof(Contracts.Models.Parts.RuleSpec).Namespace)
            .Select(derived => (string)derived.TypeDiscriminator!);
        Assert.All(kinds, kind => Assert.Contains($"`{kind}`", document, StringComparison.Ordinal));
    }

    /// <summary>A head whose loss is plain squares cites the statistic that it keeps instead; nothing else is excused.</summary>
    private static bool CitesThroughParts(Type part) => part == typeof(RegressionHead);

    [GeneratedRegex(@"\b(18|19|20)\d\d\b")]
    private static partial Regex Year();

    [GeneratedRegex(@"\bTensorPrimitives\b|\b\w+Estimate\(|Vector512\.(Sum|Dot)\(|\bMathF?\.(Exp|Log|Tanh|Pow|Sin|Cos)\(")]
    private static partial Regex ForbiddenArithmetic();
}
